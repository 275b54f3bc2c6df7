from __future__ import annotations

import os
import pickle
import signal
import tempfile
from collections.abc import Callable
from multiprocessing import Process
from typing import Any


def child(file: str, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    try:
        message = "returned", function(*args)
    except Exception as error:
        message = "raised", type(error).__name__
    with open(file + ".new", "wb") as out:
        pickle.dump(message, out)
    os.rename(file + ".new", file)  # whole, or not there


def run(function: Callable[..., Any], *args: Any) -> tuple[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "message")
        process = Process(target=child, args=(file, function, args))
        process.start()
        process.join()
        if os.path.exists(file):
            with open(file, "rb") as there:
                return pickle.load(there)
    if process.exitcode < 0:
        return "killed", signal.Signals(-process.exitcode).name
    return "exited", process.exitcode
