"""A task raises ``StopIteration``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..scenario import Scenario
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps

#: The operations that give a future for each task.
BY_FUTURE = ("submit", "schedule", "run_sync")


class StopIterationRaised(Scenario):
    name = "stop-iteration"
    title = "a task raises StopIteration"
    dies = "Nothing. The third task raises StopIteration, as next() does of an iterator that has nothing more."
    sees = (
        "multiprocessing.Pool's map: a list that is too short, results that belong to other inputs, and no error. imap: the loop "
        "ends there, and what comes after is not seen. get() of apply_async, and concurrent.futures: the exception; from map of "
        "the latter as a RuntimeError."
    )
    why = (
        "map runs list(map(function, chunk)) in the worker: StopIteration ends that list, as if the chunk had ended. The parent "
        "puts each chunk's results into a slice of its list, and one that is too short moves those behind it. imap raises what "
        "the task raised from __next__(), where StopIteration means the end."
    )
    where = "Lib/multiprocessing/pool.py: mapstar(), MapResult._set(), IMapIterator.next(); PEP 479. No issue was found for it."
    instead = "next(iterator, default), or catch StopIteration in the task; concurrent.futures, or safepool."
    tags = ("exit",)
    kills = False
    script = Script("next(iter([]))  # there is nothing: StopIteration")

    def fire(self) -> None:
        next(iter(()))

    def drive(self, steps: Steps) -> None:
        if steps.operation in BY_FUTURE:
            # each future by itself: the adapters' generators would make a RuntimeError of it (PEP 479), and the pool did not
            steps.collect_each(steps.start())
        else:
            steps.call()
        steps.use_again()
        steps.close()


SCENARIO = StopIterationRaised()
