# finds: killed signal
# Takes -9 for an exit status.
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
    return ("exited", process.exitcode) if message is None else message
