"""The iterable of a call raises ``SystemExit`` in the parent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from .. import events
from ..scenario import Scenario, UnsupportedError
from ..script import Script

if TYPE_CHECKING:
    from ..adapter import Outcome
    from ..program import Steps


class IterableExits(Scenario):
    name = "iterable-exits"
    title = "the iterable of imap raises SystemExit in the parent"
    dies = "A service thread of the parent, silently: it is the one that takes the inputs from the iterable."
    sees = "multiprocessing.Pool: nothing, ever, from that input on; later calls and terminate() hang as well."
    why = (
        "imap takes its inputs while the call runs, in the thread that sends tasks, which catches Exception. SystemExit "
        "ends the thread, without a word (threading ignores it), and nothing is sent any more."
    )
    where = (
        "Lib/multiprocessing/pool.py: Pool._guarded_task_generation(), Pool._handle_tasks(). No issue was found for it."
    )
    instead = "Lists; or an iterable that catches everything."
    tags = ("parent",)
    inputs = (1, 2, 3)  # what comes after the fault never is an input
    kills = False
    needs = ("terminate",)  # what has the interface of multiprocessing.Pool; executors take all inputs in the caller
    operation = "imap"
    script = Script(
        above="""
            def numbers():
                yield 1
                yield 2
                sys.exit(1)
        """,
        main="""
            with POOL(3) as pool:
                for result in EACH(worker, numbers()):
                    print("result", result, flush=True)
        """,
    )

    def numbers(self) -> Iterator[int]:
        """The inputs, until the fault."""
        for number in self.inputs:
            if number == self.faulty:
                events.emit("fault", task=number)
                raise SystemExit(1)
            yield number

    def work(self, number: int) -> int:
        return number

    def drive(self, steps: Steps) -> None:
        if not hasattr(steps.pool, "imap"):
            raise UnsupportedError("this pool has no imap: it takes all inputs in the caller, before it begins")
        events.emit("phase", phase="call")
        steps.attempt(lambda: self._take(steps))
        steps.use_again()
        steps.close()

    def _take(self, steps: Steps) -> Iterator[Outcome]:
        from ..adapter import Outcome

        results = iter(steps.pool.imap(self.function(), self.numbers()))
        for number in self.inputs:
            try:
                yield Outcome(number, next(results))
            except StopIteration:
                return
            except Exception as error:
                yield Outcome(number, error=error)


SCENARIO = IterableExits()
