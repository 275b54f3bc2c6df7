from __future__ import annotations

from multiprocessing import Pipe, Process
from multiprocessing.connection import wait


def child(writer, function, one):
    try:
        message = "returned", function(one)
    except BaseException as error:
        message = "raised", type(error).__name__
    writer.send(message)


def outcomes(function, inputs):
    """A process for each input, four at a time: who sends nothing has died."""
    found, running, waiting = {}, {}, list(enumerate(inputs))
    while waiting or running:
        while waiting and len(running) < 4:
            number, one = waiting.pop(0)
            reader, writer = Pipe(duplex=False)
            process = Process(target=child, args=(writer, function, one))
            process.start()
            running[process.sentinel] = number, process, reader, writer
        for sentinel in wait(list(running)):
            number, process, reader, writer = running.pop(sentinel)
            found[number] = reader.recv() if reader.poll() else ("died", None)
            process.join()
            reader.close()
            writer.close()
    return [found[number] for number in range(len(inputs))]
