"""A pool is shut down with ``cancel_futures`` while an argument can't be pickled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import events
from ..scenario import Scenario, require_shutdown

if TYPE_CHECKING:
    from ..program import Steps


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
        require_shutdown(steps.pool, "cancel_futures")
        started = steps.start()
        events.emit("fault")
        events.emit("phase", phase="end")
        steps.pool.shutdown(cancel_futures=True)
        steps.collect(started)


SCENARIO = CancelFuturesUnpicklable()
