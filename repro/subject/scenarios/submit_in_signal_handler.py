"""A signal handler submits a task, while another is being submitted."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

from .. import events, task
from ..scenario import Scenario, ask, handles
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps

#: How often a signal is to come in the middle of submitting, and how many tasks are submitted for that at most.
HITS = 50
MANY = 4_000
#: After what time a signal comes, in seconds; a little later each time, so that it hits every place.
SOONEST = 5e-5
STEP = 1.3e-6
#: After how many results the program says that it is still going on: a pool may be slow.
PORTION = 50


class SubmitInSignalHandler(Scenario):
    name = "submit-in-signal-handler"
    title = "a signal handler submits a task while another is submitted"
    dies = "Nothing. A handler in Python runs between two bytecodes of the main thread, and that is in the middle of submit()."
    sees = "concurrent.futures: nothing, ever, with all threads waiting. multiprocessing.Pool: every result."
    why = (
        "submit() holds a lock, which is not reentrant. The handler's submit() waits for that lock in the thread that holds it. "
        "multiprocessing.Pool puts its tasks into a queue.SimpleQueue, which was made for this."
    )
    where = (
        "Lib/concurrent/futures/process.py: ProcessPoolExecutor.submit(): _shutdown_lock; Lib/queue.py. gh-121649 is the same of "
        "ThreadPoolExecutor, with shutdown() in the handler."
    )
    instead = "Note the signal in the handler, and submit elsewhere; loop.add_signal_handler() of asyncio does so."
    references = ("gh-121649",)
    tags: tuple[str, ...] = ("parent", "signal")
    inputs = (1, 2, 3)
    faulty = None
    kills = False
    needs = ("callback",)
    script = Script(
        above="""
            def handler(number, frame):
                started.extend(START(abs, [-1]))
        """,
        main="""
            started = []
            with POOL(3) as pool:
                print(CALL(worker, [1, 2, 3]), flush=True)
                signal.signal(signal.SIGALRM, handler)
                for number in range(2000):
                    signal.setitimer(signal.ITIMER_REAL, 5e-5 + number % 50 * 1.3e-6)
                    started.extend(START(abs, [number]))
                signal.setitimer(signal.ITIMER_REAL, 0)
                print(len(ASK(started)), "results")
        """,
        well="It prints that there are all results.",
        last="* results",
    )

    def __init__(self) -> None:
        self._submitting = False
        self._hits = 0
        self._on_its_way = False
        self._handles: list[Any] = []

    def work(self, number: int) -> int:
        return number

    def drive(self, steps: Steps) -> None:
        events.emit("phase", phase="warm-up")
        list(steps.adapter.run(steps.pool, steps.adapter.operations[0], task.plain, [201], lambda error: None))
        events.emit("phase", phase="start")
        self._interrupted(steps)
        events.emit("submitted", tasks=len(self._handles), hits=self._hits)
        for number, handle in enumerate(self._handles):
            if not number % PORTION:
                events.emit("phase", phase="ask", round=number)
            ask(handle)
        steps.call()
        steps.use_again()
        steps.close()

    def _interrupted(self, steps: Steps) -> None:
        """Submit tasks, and let a signal hit that again and again."""
        parent = os.getpid()

        def handler(*_arguments: Any) -> None:
            if os.getpid() == parent:  # a worker that was forked meanwhile has the handler, too
                self._submit_again(steps)
                self._on_its_way = False

        signal.signal(signal.SIGALRM, handler)
        while self._hits < HITS and len(self._handles) < MANY:
            if not self._on_its_way:
                self._on_its_way = True
                signal.setitimer(signal.ITIMER_REAL, SOONEST + STEP * self._hits)
            self._submitting = True
            self._submit(steps)
            self._submitting = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_IGN)

    def _submit_again(self, steps: Steps) -> None:
        """What comes in the middle of something else."""
        if self._submitting:
            self._hits += 1
            if self._hits == 1:
                events.emit("fault")
        self._submit(steps)

    def _submit(self, steps: Steps) -> None:
        number = len(self._handles)
        self._handles += handles(steps.adapter.start(steps.pool, task.nothing, [number], lambda error: None))


SCENARIO = SubmitInSignalHandler()
