"""``__del__`` submits a task, while another is being submitted."""

from __future__ import annotations

import gc
import os
import threading
from typing import TYPE_CHECKING, Callable

from ..script import Script
from .submit_in_signal_handler import SubmitInSignalHandler

if TYPE_CHECKING:
    from ..program import Steps

#: How often a task is submitted with garbage about, and after how many new objects, at most, the collector is to find it.
ROUNDS = 200
OBJECTS = 40


class Garbage:
    """An object in a circle, which the collector finds."""

    def __init__(self, act: Callable[[], None]) -> None:
        self.act = act
        self.circle = self

    def __del__(self) -> None:
        self.act()


class SubmitInDel(SubmitInSignalHandler):
    name = "submit-in-del"
    title = "__del__ submits a task while another is submitted"
    dies = "Nothing. The collector runs in any thread, when objects are made, and that is in the middle of submit()."
    sees = "concurrent.futures: nothing, ever, with all threads waiting. multiprocessing.Pool: every result."
    why = (
        "submit() holds a lock, which is not reentrant, and makes objects. The submit() of the __del__ that the collector calls "
        "waits for that lock in the thread that holds it."
    )
    where = (
        "Lib/concurrent/futures/process.py: ProcessPoolExecutor.submit(): _shutdown_lock; Lib/queue.py; "
        "Doc/reference/datamodel.rst: object.__del__(). gh-121649 is the same of a signal handler."
    )
    instead = "close() or a with block instead of __del__; a __del__ that only notes what is to be done."
    tags = ("parent",)
    script = Script(
        above="""
            class Garbage:
                def __init__(self):
                    self.circle = self  # so that it takes the collector to find it

                def __del__(self):
                    started.extend(START(abs, [-1]))
        """,
        main="""
            started = []
            with POOL(3) as pool:
                print(CALL(worker, [1, 2, 3]), flush=True)
                for number in range(200):
                    gc.collect()
                    Garbage()
                    gc.set_threshold(1 + number % 40)  # it is found in the middle of what follows
                    started.extend(START(abs, [number]))
                    gc.set_threshold(700)
                print(len(ASK(started)), "results")
        """,
        well="It prints that there are all results.",
        last="* results",
    )

    def _interrupted(self, steps: Steps) -> None:
        parent, main = os.getpid(), threading.get_ident()

        def act() -> None:
            if os.getpid() != parent:  # a worker that was forked meanwhile has the garbage, too
                return
            if threading.get_ident() == main:
                self._submit_again(steps)
            else:
                self._submit(steps)

        before = gc.get_threshold()
        gc.freeze()  # what was there before is none of the collector's business, or it would take most of the time
        for number in range(ROUNDS):
            gc.collect()
            Garbage(act)
            gc.set_threshold(1 + number % OBJECTS)
            self._submitting = True
            self._submit(steps)
            self._submitting = False
            gc.set_threshold(*before)
        gc.collect()
        gc.unfreeze()


SCENARIO = SubmitInDel()
