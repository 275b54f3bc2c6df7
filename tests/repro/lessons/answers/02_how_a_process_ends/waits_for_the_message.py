# finds: exits hangs
# Reads first, and looks at the status afterwards: lesson 2's own hang.
from multiprocessing import Process, Queue


def child(queue, function, args):
    try:
        queue.put(("returned", function(*args)))
    except Exception as error:
        queue.put(("raised", type(error).__name__))


def run(function, *args):
    queue = Queue()
    process = Process(target=child, args=(queue, function, args))
    process.start()
    message = queue.get()
    process.join()
    return message if process.exitcode == 0 else ("exited", process.exitcode)
