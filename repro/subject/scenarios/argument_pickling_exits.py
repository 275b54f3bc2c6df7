"""Pickling the argument raises ``SystemExit`` in the parent."""

from __future__ import annotations

from typing import Any

from .. import events
from ..scenario import Scenario
from ..script import Script


class Argument(int):
    """The argument of the faulty task."""

    def __reduce__(self) -> Any:
        events.emit("fault", task=int(self))
        raise SystemExit(1)


class ArgumentPicklingExits(Scenario):
    name = "argument-pickling-exits"
    title = "pickling the argument raises SystemExit in the parent"
    dies = "A service thread of the parent, silently."
    sees = "Nothing, ever, with both standard pools; later calls hang as well."
    why = (
        "The thread that sends tasks catches Exception. SystemExit ends the thread, without a word (threading "
        "ignores it), and nothing is sent any more."
    )
    where = "Lib/multiprocessing/pool.py: Pool._handle_tasks(); Lib/multiprocessing/queues.py: Queue._feed()."
    instead = "A pool whose threads survive whatever a pickler raises."
    tags = ("pickle",)
    kills = False
    script = Script(
        above="""
            class Argument:
                def __reduce__(self):
                    sys.exit(1)
        """,
        items="[1, 2, Argument()]",
    )

    def argument(self, number: int) -> Any:
        return Argument(number) if number == self.faulty else number


SCENARIO = ArgumentPicklingExits()
