# finds: exits status-as-result
# Takes status 0 without a message for a function that returned None.
import signal
from multiprocessing import Pipe, Process
from multiprocessing.connection import wait


def child(writer, function, args):
    try:
        writer.send(("returned", function(*args)))
    except Exception as error:
        writer.send(("raised", type(error).__name__))


def run(function, *args):
    reader, writer = Pipe(duplex=False)
    process = Process(target=child, args=(writer, function, args))
    process.start()
    wait([reader, process.sentinel])
    message = reader.recv() if reader.poll() else None
    process.join()
    if message is not None:
        return message
    if process.exitcode == 0:
        return "returned", None
    if process.exitcode < 0:
        return "killed", signal.Signals(-process.exitcode).name
    return "exited", process.exitcode
