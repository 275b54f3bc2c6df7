"""``as_completed`` and ``wait`` over many tiny futures."""

from __future__ import annotations

from concurrent.futures import as_completed, wait
from typing import TYPE_CHECKING, Any

from .. import events
from ..scenario import Scenario, handles

if TYPE_CHECKING:
    from ..program import Steps

#: How many tasks; enough that many end while the next ones are submitted, waited for and looked at.
MANY = 2_000


def nothing(number: int) -> int:
    return number


class TinyFutures(Scenario):
    name = "tiny-futures"
    title = "as_completed and wait over 2,000 tasks that do nothing"
    dies = "Nothing."
    sees = "Every result, with both calls; so it is a control for pools that bring futures of their own."
    why = (
        "as_completed() and wait() look into a future's state, under its condition, and put their waiters there: what has "
        "the methods of a future, and settles it in another way, is waited for in vain."
    )
    where = "Lib/concurrent/futures/_base.py: as_completed(), wait(), Future.set_running_or_notify_cancel()."
    instead = "-"
    tags = ("control",)
    inputs = (1, 2, 3)
    faulty = None
    fires = False
    kills = False
    needs = ("futures",)

    def work(self, number: int) -> int:
        return number

    def drive(self, steps: Steps) -> None:
        events.emit("phase", phase="as-completed")
        self._check(as_completed(self._many(steps)))
        events.emit("phase", phase="wait")
        done, not_done = wait(self._many(steps))
        assert not not_done
        self._check(done)
        steps.call()
        steps.use_again()
        steps.close()

    def _many(self, steps: Steps) -> list[Any]:
        return list(handles(steps.adapter.start(steps.pool, nothing, range(MANY), lambda error: None)))

    def _check(self, futures: Any) -> None:
        got = sorted(future.result() for future in futures)
        assert got == list(range(MANY)), f"{len(got)} results of {MANY}"


SCENARIO = TinyFutures()
