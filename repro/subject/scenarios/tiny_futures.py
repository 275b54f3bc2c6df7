"""``as_completed`` and ``wait`` over many tiny futures."""

from __future__ import annotations

from concurrent.futures import as_completed, wait
from typing import TYPE_CHECKING, Any, Iterable, Iterator

from .. import events, task
from ..adapter import Outcome
from ..scenario import Scenario, UnsupportedError, handles
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps

#: How many tasks; enough that many end while the next ones are submitted, waited for and looked at.
MANY = 2_000
#: Every so many of them the program says that it is still going on: a pool may be slow.
PORTION = 200


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
    script = Script(
        worker="",
        main="""
            with POOL(3) as pool:
                started = START(abs, range(2000))
                done = [f.result() for f in concurrent.futures.as_completed(started)]
                print(len(done), "as completed", flush=True)
                started = START(abs, range(2000))
                print(len(concurrent.futures.wait(started).done), "waited for")
        """,
        well="It prints 2000 twice.",
        last="2000 waited for",
    )

    def work(self, number: int) -> int:
        return number

    def drive(self, steps: Steps) -> None:
        (first,) = handles(steps.adapter.start(steps.pool, task.nothing, [0], lambda error: None))
        if not hasattr(first, "add_done_callback"):
            raise UnsupportedError("what this operation gives for its tasks are no futures")
        if not hasattr(first, "_condition"):  # as_completed() and wait() take that
            raise UnsupportedError("what this operation gives for its tasks are no futures of concurrent.futures")
        steps.attempt(lambda: self._outcomes(steps))
        steps.close()

    def _outcomes(self, steps: Steps) -> Iterator[Outcome]:
        self._check("as-completed", as_completed(self._many(steps)))
        self._check("wait", wait(self._many(steps)).done)
        events.emit("phase", phase="call")
        yield from steps.adapter.run(steps.pool, steps.operation, self.function(), self.inputs, lambda error: None)

    def _many(self, steps: Steps) -> list[Any]:
        many: list[Any] = []
        while len(many) < MANY:
            events.emit("phase", phase="start", round=len(many))
            portion = range(len(many), len(many) + PORTION)
            many += handles(steps.adapter.start(steps.pool, task.nothing, portion, lambda error: None))
        return many

    def _check(self, phase: str, futures: Iterable[Any]) -> None:
        got = []
        for future in futures:
            got.append(future.result())
            if not len(got) % PORTION:
                events.emit("phase", phase=phase, round=len(got))
        assert sorted(got) == list(range(MANY)), f"{len(got)} results of {MANY}"


SCENARIO = TinyFutures()
