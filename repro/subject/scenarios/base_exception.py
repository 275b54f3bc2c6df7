"""An exception that is no ``Exception``: ``GeneratorExit``, or a library's own."""

from __future__ import annotations

from ..scenario import Scenario
from ..script import Script


class BaseExceptionInTask(Scenario):
    name = "base-exception"
    title = "a task raises a BaseException"
    dies = "The worker, in multiprocessing.Pool, with status 1."
    sees = (
        "multiprocessing.Pool: nothing, ever. concurrent.futures: the exception, re-raised in the parent, past "
        "every 'except Exception'."
    )
    why = (
        "The loop of multiprocessing.pool catches Exception: what is none ends the worker. That of concurrent.futures catches "
        "all, on purpose, and hands it to the caller."
    )
    where = "Lib/multiprocessing/pool.py: worker(); Lib/concurrent/futures/process.py: _process_worker()."
    instead = "Derive your exceptions from Exception."
    references = ("gh-66587",)
    tags = ("exit",)
    kills = False
    script = Script("raise GeneratorExit")

    def fire(self) -> None:
        raise GeneratorExit("a BaseException that is no Exception")


SCENARIO = BaseExceptionInTask()
