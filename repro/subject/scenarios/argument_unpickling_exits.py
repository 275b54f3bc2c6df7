"""Unpickling the argument ends the worker."""

from __future__ import annotations

import os
from typing import Any

from .. import events
from ..scenario import Scenario
from ..script import Script


class Argument(int):
    """The argument of the faulty task."""

    def __reduce__(self) -> Any:
        return leave, (int(self),)


def leave(number: int) -> int:
    """Called by pickle in the worker."""
    events.emit("fault", task=number)
    os._exit(1)


class ArgumentUnpicklingExits(Scenario):
    name = "argument-unpickling-exits"
    title = "unpickling the argument ends the worker"
    dies = "The worker, with status 1, while it reads its task: an import with side effects, a crash in an extension."
    sees = "multiprocessing.Pool: nothing, ever. concurrent.futures: BrokenProcessPool for everything."
    why = "The worker is replaced, and its task forgotten: nothing records which worker held which task."
    where = "Lib/multiprocessing/pool.py: worker(); Lib/concurrent/futures/process.py: _process_worker()."
    instead = "A pool that records what it sends before it sends it."
    references = ("gh-66587",)
    tags = ("pickle",)
    status = 1
    script = Script(
        above="""
            class Argument:
                def __reduce__(self):
                    return os._exit, (1,)  # what the worker calls to make it again
        """,
        items="[1, 2, Argument()]",
    )

    def argument(self, number: int) -> Any:
        return Argument(number) if number == self.faulty else number


SCENARIO = ArgumentUnpicklingExits()
