from __future__ import annotations

import signal
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection, wait
from typing import Any, Callable


def child(writer: Connection, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    try:
        message = "returned", function(*args)
    except Exception as error:  # not SystemExit: that one is to end the process
        message = "raised", type(error).__name__
    writer.send(message)


def run(function: Callable[..., Any], *args: Any) -> tuple[str, Any]:
    """Call the function in a process of its own, and return how that ended."""
    reader, writer = Pipe(duplex=False)
    process = Process(target=child, args=(writer, function, args))
    process.start()
    wait([reader, process.sentinel])  # whichever comes first: a message, or the end
    message = reader.recv() if reader.poll() else None  # a child may have sent, and then ended
    process.join()
    if message is not None:
        return message
    if process.exitcode < 0:
        return "killed", signal.Signals(-process.exitcode).name
    return "exited", process.exitcode
