"""A pool is shut down with ``cancel_futures`` while an argument can't be pickled."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from .. import events
from ..rendezvous import await_true
from ..scenario import Scenario, handles, require_shutdown
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps


#: How long an argument waits for the shutdown at most, in seconds.
SHUTDOWN_WITHIN = 1.0

#: The futures of the call, as soon as all of them are there.
futures: list[Any] = []


class Unpicklable(int):
    """Every argument of the call. Where a thread of the pool pickles it, that fails when the shutdown has cancelled what waits:
    what fails before is settled in time."""

    waits = True

    def __reduce__(self) -> Any:
        if Unpicklable.waits and threading.current_thread() is not threading.main_thread():
            await_true(lambda: any(future.cancelled() for future in futures), SHUTDOWN_WITHIN)
            Unpicklable.waits = False
        raise TypeError("this argument can't be pickled")


class CancelFuturesUnpicklable(Scenario):
    name = "cancel-futures-unpicklable"
    title = "cancel_futures meets an argument that can't be pickled"
    dies = "Nothing."
    sees = "concurrent.futures: shutdown never returns, from 3.9 on."
    why = (
        "The manager thread cancels what waits, and keeps what runs in a new dict; the thread that pickles still removes what "
        "it can't pickle from the old one. So that task stays counted as running, and the manager thread waits for it."
    )
    where = "Lib/concurrent/futures/process.py: _ExecutorManagerThread.flag_executor_shutting_down(). gh-116685, closed as fixed."
    instead = "Pickle the arguments yourself before you submit them."
    references = ("gh-116685",)
    tags = ("shutdown", "pickle")
    faulty = None
    kills = False
    needs = ("futures",)
    script = Script(
        above="""
            class Argument:
                def __reduce__(self):
                    time.sleep(0.3)  # shutdown() has cancelled what waits then
                    raise TypeError("this argument can't be pickled")
        """,
        main="""
            pool = POOL(3)
            started = START(worker, [Argument() for _ in range(8)])
            pool.shutdown(cancel_futures=True)
            print("it is shut down", flush=True)
            print(ASK(started))
        """,
        note="shutdown() has cancel_futures from Python 3.9 on.",
    )

    def argument(self, number: int) -> Any:
        return Unpicklable(number)

    def work(self, number: int) -> int:
        return number

    def drive(self, steps: Steps) -> None:
        require_shutdown(steps.pool, "cancel_futures")
        started = steps.start()
        futures[:] = handles(started)
        events.emit("fault")
        events.emit("phase", phase="end")
        steps.pool.shutdown(cancel_futures=True)
        steps.collect(started)


SCENARIO = CancelFuturesUnpicklable()
