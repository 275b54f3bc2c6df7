"""An argument can't be pickled, and the pool is shut down without waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import events
from ..scenario import Scenario, require_shutdown
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps


class Argument(int):
    """The argument of the faulty task."""

    def __reduce__(self) -> Any:
        events.emit("fault", task=int(self))
        raise TypeError("this argument can't be pickled")


class ShutdownNowaitUnpicklable(Scenario):
    name = "shutdown-nowait-unpicklable"
    title = "shutdown(wait=False) meets an argument that can't be pickled"
    dies = "Nothing."
    sees = (
        "concurrent.futures: the error, on that task; up to 3.8, with fork, the interpreter then never ends (3.8.18). On 3.12.1 "
        "and 3.13.0, now and then (14 of 330), nothing, ever."
    )
    why = (
        "Up to 3.8 shutdown closes the wake-up pipe that the manager thread still reads. The thread that pickles settles the "
        "task itself, but the manager thread has ended with 'handle is closed', and nobody ends the workers. From 3.9 on it "
        "takes the shutdown lock between withdrawing the task and settling it; where the manager thread sees just then that "
        "nothing is left, that one has the lock first, and waits, with it, for the end of the other."
    )
    where = (
        "Lib/concurrent/futures/process.py: ProcessPoolExecutor.shutdown() in 3.8 (gh-83285, fixed in 3.9); "
        "_SafeQueue._on_queue_feeder_error() (gh-125451, fixed in 3.12.8 and 3.13.1)."
    )
    instead = "A newer Python."
    references = ("gh-83285", "gh-125451")
    tags = ("shutdown", "pickle")
    inputs = (1,)
    faulty = 1
    kills = False
    needs = ("futures",)
    script = Script(
        main="""
            pool = POOL(3)
            started = START(worker, [threading.Lock()])
            pool.shutdown(wait=False)
            print(ASK(started))
        """
    )

    def argument(self, number: int) -> Any:
        return Argument(number)

    def drive(self, steps: Steps) -> None:
        require_shutdown(steps.pool, "wait")
        started = steps.start()
        steps.pool.shutdown(wait=False)
        steps.collect(started)
        steps.close()


SCENARIO = ShutdownNowaitUnpicklable()
