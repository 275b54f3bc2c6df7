"""The parent submits faster than its manager thread can look."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from .. import cell, events, task
from ..rendezvous import await_files, say
from ..scenario import Scenario, handles
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps

#: How many tasks: a wake-up takes 4 bytes, a pipe holds 64 KiB (pipe(7)).
MANY = 20_000
#: They are submitted in portions of so many.
PORTION = 1_000
#: The callback ends when no portion was submitted for so long, in seconds: then submit() blocks. What follows is not its doing.
STALLED = 0.5


def held(number: int) -> int:
    """The task whose callback keeps the manager thread busy."""
    await_files([cell.current().path("attached")], 5.0)
    return number


class ManySubmits(Scenario):
    name = "many-submits"
    title = "many tasks are submitted while a callback runs"
    dies = "Nothing. A done-callback takes its time, while another thread submits 20,000 tasks."
    sees = "concurrent.futures from 3.9 on, before the fix: submit() never returns (3.9.18, 3.10.13 and 3.11.2; not 3.11.7)."
    why = (
        "Every submit() writes a wake-up into a pipe, while it holds the shutdown lock. When nobody reads them the pipe is "
        "full after 16,384; the manager thread needs that lock to read. Without the callback it takes luck, and more tasks."
    )
    where = "Lib/concurrent/futures/process.py: _ThreadWakeup, wait_result_broken_or_wakeup(). gh-105829."
    instead = "A newer Python; or submit in portions."
    references = ("gh-105829",)
    tags = ("parent",)
    inputs = (1, 2, 3)
    faulty = None
    fires = False
    kills = False
    needs = ("callback", "futures")
    script = Script(
        above="""
            def hold(future):
                before = -1
                while len(futures) > before:  # until all are submitted, or submit() waits for this
                    before = len(futures)
                    time.sleep(0.5)
        """,
        worker="""
            def worker(x):
                return x
        """,
        main="""
            futures = []
            with POOL(3) as pool:
                pool.submit(time.sleep, 0.2).add_done_callback(hold)
                for x in range(20000):
                    futures.append(pool.submit(worker, x))
                print(len(futures), "are submitted", flush=True)
                for future in futures:
                    future.cancel()
                print(pool.submit(worker, 1).result())
        """,
        well="It prints that all are submitted.",
        last="1",
    )

    def work(self, number: int) -> int:
        return number

    def drive(self, steps: Steps) -> None:
        submitted = threading.Event()
        steps.warm_up()
        events.emit("phase", phase="start")
        first = handles(steps.adapter.start(steps.pool, held, [0], lambda error: None))[0]
        many: list[Any] = []

        def hold(_future: Any) -> None:
            before = -1
            while len(many) > before and not submitted.is_set():
                before = len(many)
                submitted.wait(STALLED)

        first.add_done_callback(hold)
        say("attached")
        while len(many) < MANY:
            many += handles(steps.adapter.start(steps.pool, task.nothing, range(PORTION), lambda error: None))
        submitted.set()
        events.emit("submitted", tasks=len(many))
        for future in many:
            future.cancel()
        steps.call()
        steps.close()


SCENARIO = ManySubmits()
