"""Workers inherit a handler of SIGTERM by fork, and the pool is terminated."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from ..script import Script
from .ignores_sigterm import IgnoresSigterm

if TYPE_CHECKING:
    from types import FrameType


def note(_signal: int, _frame: FrameType | None) -> None:
    """The handler of a program that wants to end in good order: it notes the wish, and the main loop will see it."""


class SigtermHandler(IgnoresSigterm):
    name = "sigterm-handler"
    title = "workers inherit the parent's handler of SIGTERM"
    dies = "Nothing: terminate() sends SIGTERM, and the handler, which was made for the parent, notes it in the worker."
    sees = "multiprocessing.Pool with fork: terminate() and join() block until the task ends by itself."
    why = "fork copies the dispositions of signals; terminate() sends SIGTERM, never SIGKILL, and then waits without limit."
    instead = "Set the handler after the pool was made, or reset it in an initializer; a stop that escalates."
    start_methods = ("fork",)
    script = Script(
        above="""
            def note(number, frame):
                print(os.getpid(), "notes that it is to end", flush=True)
        """,
        worker="""
            def worker(x):
                time.sleep(3600)
        """,
        main="""
            signal.signal(signal.SIGTERM, note)
            with POOL(2) as pool:
                started = START(worker, [1, 2])
                time.sleep(0.5)
            print("the with block was left")
        """,
        well="It goes on after the with block.",
        last="the with block was left",
    )

    def before_open(self) -> None:
        signal.signal(signal.SIGTERM, note)

    def deafen(self) -> None:
        pass  # the handler came with the fork


SCENARIO = SigtermHandler()
