"""Results are taken as they come, while the pool is shut down with ``cancel_futures``."""

from __future__ import annotations

import time
from concurrent.futures import as_completed
from typing import TYPE_CHECKING

from .. import events
from ..rendezvous import await_started
from ..scenario import WORK, Scenario, handles, require_shutdown
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps


class AsCompletedCancel(Scenario):
    name = "as-completed-cancel"
    title = "as_completed meets cancel_futures"
    dies = "Nothing."
    sees = "concurrent.futures: as_completed() never ends, from 3.9 on."
    why = (
        "shutdown(cancel_futures=True) cancels the futures without telling those that wait for them: the waiters "
        "of as_completed() are told by set_running_or_notify_cancel(), which nobody calls."
    )
    where = "Lib/concurrent/futures/process.py: _ExecutorManagerThread.flag_executor_shutting_down(). gh-136655."
    instead = "Cancel the futures yourself, or wait with a timeout."
    references = ("gh-136655",)
    tags = ("shutdown",)
    inputs = tuple(range(1, 21))
    faulty = None
    kills = False
    collects = False
    needs = ("futures",)
    script = Script(
        worker="""
            def worker(x):
                time.sleep(0.2)
                return x
        """,
        main="""
            with POOL(3) as pool:
                futures = START(worker, range(20))
                time.sleep(0.1)
                pool.shutdown(wait=False, cancel_futures=True)
                for future in concurrent.futures.as_completed(futures):
                    print(future, flush=True)
            print("the end")
        """,
        well="It prints twenty futures, and the end.",
        note="shutdown() has cancel_futures from Python 3.9 on.",
        last="the end",
    )

    def work(self, number: int) -> int:
        time.sleep(WORK)
        return number

    def drive(self, steps: Steps) -> None:
        require_shutdown(steps.pool, "wait", "cancel_futures")
        futures = handles(steps.start())
        await_started([1])
        events.emit("fault")
        steps.pool.shutdown(wait=False, cancel_futures=True)
        events.emit("phase", phase="call")
        for future in as_completed(futures):
            events.emit("settled", cancelled=future.cancelled())
        steps.close()


SCENARIO = AsCompletedCancel()
