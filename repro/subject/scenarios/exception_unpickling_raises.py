"""A task raises an exception that does not survive pickling: ``__init__`` wants more than ``args`` has."""

from __future__ import annotations

import time
from typing import Any

from .. import events
from ..scenario import WORK, Scenario
from ..script import Script


class TwoArgumentsError(Exception):
    """Pickles, and does not unpickle."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


def fail(number: int) -> Any:
    events.emit("fault", task=number)
    raise TwoArgumentsError("an error with a code", 7)


class ExceptionUnpicklingRaises(Scenario):
    name = "exception-unpickling-raises"
    title = "the exception can't be unpickled in the parent"
    dies = "The thread of the parent that receives results."
    sees = (
        "multiprocessing.Pool: nothing, ever, and no later call returns. concurrent.futures: BrokenProcessPool "
        "for everything."
    )
    why = (
        "An exception is pickled as its class and its args. One whose __init__ takes two arguments and passes one "
        "on pickles well, and can't be made again: a mistake that every code base has."
    )
    where = (
        "Objects/exceptions.c: BaseException.__reduce__; Lib/multiprocessing/pool.py: Pool._handle_results(). "
        "gh-79492, gh-83932, gh-103061."
    )
    instead = "Give such exceptions a __reduce__, or pass all arguments to super().__init__."
    references = ("gh-79492", "gh-83932", "gh-103061")
    tags = ("pickle",)
    kills = False
    script = Script(
        above="""
            class TwoArguments(Exception):
                def __init__(self, message, code):
                    super().__init__(message)
        """,
        worker="""
            def worker(x):
                print(x, flush=True)
                if x == 3:
                    raise TwoArguments("an error with a code", 7)
                time.sleep(0.5)  # the result comes when nobody reads it any more
                return x
        """,
    )

    def work(self, number: int) -> int:
        if number == self.faulty:
            self.await_neighbours()
            fail(number)
        time.sleep(WORK)
        return number


SCENARIO = ExceptionUnpicklingRaises()
