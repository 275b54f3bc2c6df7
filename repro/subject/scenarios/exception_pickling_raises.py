"""A task raises an exception that can't be pickled: it holds a lock, a socket, a generator."""

from __future__ import annotations

import threading
import time
from typing import Any

from .. import events
from ..scenario import WORK, Scenario
from ..script import Script


class HoldsALockError(Exception):
    """Can't be pickled."""

    def __init__(self, message: str) -> None:
        super().__init__(message, threading.Lock())


def fail(number: int) -> Any:
    events.emit("fault", task=number)
    raise HoldsALockError("an error with a lock")


class ExceptionPicklingRaises(Scenario):
    name = "exception-pickling-raises"
    title = "the exception can't be pickled"
    dies = "Nothing."
    sees = (
        "An error on that task: MaybeEncodingError from multiprocessing.Pool, the pickler's error from "
        "concurrent.futures; never the exception itself."
    )
    why = "Both workers catch what the pickler raises, and send that instead."
    where = (
        "Lib/multiprocessing/pool.py: worker(), MaybeEncodingError; Lib/concurrent/futures/process.py: "
        "_sendback_result()."
    )
    instead = "Raise exceptions that hold plain data."
    tags = ("pickle",)
    kills = False
    script = Script("raise ValueError(threading.Lock())")

    def work(self, number: int) -> int:
        if number == self.faulty:
            self.await_neighbours()
            fail(number)
        time.sleep(WORK)
        return number


SCENARIO = ExceptionPicklingRaises()
