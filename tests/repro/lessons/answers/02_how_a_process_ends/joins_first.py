# finds: large hangs
# Waits for the end of a child that waits until its message is read.
import signal
from multiprocessing import Pipe, Process


def child(writer, function, args):
    try:
        writer.send(("returned", function(*args)))
    except Exception as error:
        writer.send(("raised", type(error).__name__))


def run(function, *args):
    reader, writer = Pipe(duplex=False)
    process = Process(target=child, args=(writer, function, args))
    process.start()
    process.join()
    if reader.poll():
        return reader.recv()
    if process.exitcode < 0:
        return "killed", signal.Signals(-process.exitcode).name
    return "exited", process.exitcode
