"""A pool is shut down with ``cancel_futures`` while an argument can't be pickled."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from .. import events
from ..scenario import Scenario, UnsupportedError

if TYPE_CHECKING:
    from ..program import Steps


#: The executors that have it from a certain version on.
STANDARD = ("concurrent.futures.ProcessPoolExecutor", "concurrent.futures.ThreadPoolExecutor")


class Unpicklable(int):
    """Every argument of the call."""

    def __reduce__(self) -> Any:
        raise TypeError("this argument can't be pickled")


class CancelFuturesUnpicklable(Scenario):
    name = "cancel-futures-unpicklable"
    title = "cancel_futures meets an argument that can't be pickled"
    dies = "Nothing."
    sees = "concurrent.futures: shutdown never returns, from 3.9 on."
    why = "The task whose pickling failed stays counted as running, and the manager thread waits for it."
    where = "Lib/concurrent/futures/process.py: _ExecutorManagerThread.flush_final_state(). gh-116685, closed as fixed."
    instead = "Pickle the arguments yourself before you submit them."
    references = ("gh-116685",)
    tags = ("shutdown", "pickle")
    faulty = None
    kills = False
    needs = ("futures",)

    def argument(self, number: int) -> Any:
        return Unpicklable(number)

    def work(self, number: int) -> int:
        return number

    def drive(self, steps: Steps) -> None:
        started = steps.start()
        events.emit("fault")
        events.emit("phase", phase="end")
        if sys.version_info >= (3, 9) or steps.adapter.name not in STANDARD:
            steps.pool.shutdown(cancel_futures=True)
        else:
            raise UnsupportedError("shutdown() has no cancel_futures before Python 3.9")
        steps.collect(started)


SCENARIO = CancelFuturesUnpicklable()
