"""A lock is held by another thread while workers are forked."""

from __future__ import annotations

import threading

from ..scenario import Scenario
from ..script import Script

#: The lock: free in a worker that was spawned, held for ever in one that was forked.
LOCK = threading.Lock()


class ForkWithLock(Scenario):
    name = "fork-with-lock"
    title = "a worker is forked while another thread holds a lock that it needs"
    dies = "Nothing. The worker waits for a lock whose holder was not forked along."
    sees = "With fork: nothing, ever. With spawn and forkserver: every result."
    why = (
        "fork copies the memory, the lock held included, and only the thread that called it. Loggers, allocators "
        "and random number generators have such locks; this is why 3.12 warns, and why fork is no longer the "
        "default from 3.14 on."
    )
    where = "Doc/library/os.rst: fork(); gh-84559."
    instead = "spawn or forkserver; or make the pool before any thread."
    references = ("gh-84559",)
    tags = ("startup",)
    kills = False
    time_limit = 2.0
    script = Script(
        above="lock = threading.Lock()",
        prepare="""
            holder = threading.Thread(target=lock.acquire)
            holder.start()
            holder.join()
        """,
        fault="""
            with lock:
                pass
        """,
        start_method="fork",
    )

    def before_open(self) -> None:
        holding = threading.Event()

        def hold() -> None:
            with LOCK:
                holding.set()
                threading.Event().wait()

        threading.Thread(target=hold, daemon=True).start()
        holding.wait()

    def fire(self) -> None:
        with LOCK:
            pass


SCENARIO = ForkWithLock()
