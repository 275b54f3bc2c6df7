# finds: slow gave-up
# A timeout in place of the end of the process: slow looks dead.
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
    if reader.poll(1.0):
        return reader.recv()
    process.terminate()
    process.join()
    if process.exitcode < 0:
        return "killed", signal.Signals(-process.exitcode).name
    return "exited", process.exitcode
