"""The argument of a task can't be unpickled in the worker."""

from __future__ import annotations

from typing import Any

from .. import events
from ..scenario import Scenario
from ..script import Script


class Argument(int):
    """The argument of the faulty task."""

    def __reduce__(self) -> Any:
        return explode, (int(self),)


def explode(number: int) -> int:
    """Called by pickle in the worker."""
    events.emit("fault", task=number)
    raise ValueError("this argument can't be made again")


class ArgumentUnpicklingRaises(Scenario):
    name = "argument-unpickling-raises"
    title = "unpickling the argument raises in the worker"
    dies = "The worker, in multiprocessing.Pool, with a traceback."
    sees = "multiprocessing.Pool: nothing, ever. concurrent.futures: BrokenProcessPool for everything."
    why = (
        "The worker unpickles the task before the code that catches exceptions. In concurrent.futures the worker "
        "dies of it as well."
    )
    where = (
        "Lib/multiprocessing/pool.py: worker(), 'task = get()'; Lib/concurrent/futures/process.py: "
        "_process_worker(), 'call_queue.get()'."
    )
    instead = "Send plain data; test that it survives pickle.loads(pickle.dumps(x)) in the worker's environment."
    tags = ("pickle",)
    kills = False
    script = Script(
        above="""
            class Argument:
                def __reduce__(self):
                    return int, ("no number",)  # what the worker calls to make it again
        """,
        items="[1, 2, Argument()]",
    )

    def argument(self, number: int) -> Any:
        return Argument(number) if number == self.faulty else number


SCENARIO = ArgumentUnpicklingRaises()
