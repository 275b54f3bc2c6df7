"""How a pool ends: closed and drained, terminated, or broken. Every stop escalates and is bounded, and each step of
the end is guarded by itself: whatever fails, the steps after it are taken, and whoever waits for the end is told.

Errors that are kept are kept without tracebacks: a frame in one may hold views of shared memory, or all that a caller holds.
"""

import logging
import signal
from typing import Any, Optional

from ..core import states
from ..core.decisions import Core
from ..core.states import Task
from ..errors import PoolBroken
from ..protocol import wire, words
from ..protocol.clock import now, pause
from .outcomes import Outcomes
from .templates import Templates
from .watch import NEVER, TERM_GRACE
from .workers import Killed, Workers

#: How long a worker that has nothing to do may take to end, in seconds, when its pool is terminated.
STOP_MOMENT = 0.1


class Shutdown:
    """How far a pool's end has come. Whoever has the engine may use it; ``closing`` and ``terminating`` anybody may read."""

    def __init__(
        self, core: Core, workers: Workers, templates: Templates, outcomes: Outcomes, exit_timeout: Optional[float]
    ) -> None:
        self._core = core
        self._workers = workers
        self._templates = templates
        self._outcomes = outcomes
        self.exit_timeout = float("inf") if exit_timeout is None else exit_timeout
        self.closing = False  # no more tasks from callers
        self.terminating = False
        self.cause: Optional[PoolBroken] = None  # of a broken pool

    def broken_error(self) -> Optional[BaseException]:
        """A fresh exception each time: many callers raise it, each adding its own traceback. None if the pool is not broken."""
        cause = self.cause
        if cause is None:
            return None
        error = PoolBroken(*cause.args, **cause.__dict__)
        error.__cause__ = cause.__cause__
        return error

    def failure(self) -> BaseException:
        """The error for what is not done: :meth:`broken_error`, or one that knows no reason."""
        return self.broken_error() or PoolBroken("the pool is broken", reason="unknown")

    def close(self) -> None:
        """What was taken will be done."""
        self.closing = True
        self._core.close()

    def break_(self, text: str, reason: str, cause: Optional[BaseException] = None) -> None:
        """The pool cannot go on:

        every task fails, and later ones are refused. ``cause``: an error with no traceback of ours.
        """
        if self._core.state not in (states.OPEN, states.CLOSING):
            return
        self._outcomes.log(logging.ERROR, "safepool: %s", text)
        broken = PoolBroken(text, reason=reason)
        broken.__cause__ = cause
        self.cause = broken
        self.fail_everything()
        self.end_workers(signal.SIGTERM)

    def terminate(self, text: str, sig: int) -> None:
        """End everything now: tasks fail with PoolBroken, workers get ``sig`` and soon SIGKILL."""
        if self.terminating or self._core.state is states.CLOSED:
            return
        self.terminating = self.closing = True
        if self.cause is None:
            self.cause = PoolBroken(text, reason="terminated")
        self.fail_everything()
        self.end_workers(sig)

    def fail(self, task: Task) -> None:
        """Tell the owner of every item that is not done."""
        task.shut()
        for item in range(task.done, task.count):
            self._outcomes.settled.append((task, item, self.failure()))

    def fail_everything(self) -> None:
        self.closing = True
        settled = self._outcomes.settled
        self._core.fail_all(lambda task, item: settled.append((task, item, self.failure())))

    def end_workers(self, sig: int) -> None:
        """Those that have nothing to do are asked to end by themselves, and given a moment for that: exit handlers, semaphores,
        coverage data. The others get ``sig``."""
        moment = now()
        for worker in list(self._core.workers.values()):
            if sig == signal.SIGTERM and worker.state is states.IDLE:
                self._workers.stop(worker, STOP_MOMENT)
                continue
            if sig == signal.SIGTERM and worker.state is states.STOPPING and not worker.held:
                # It is about to end by itself, or a result that is being unpickled needs it for a moment.
                worker.io.stop_at = min(worker.io.stop_at or NEVER, moment + STOP_MOMENT)
                self._workers.look(worker, worker.io.stop_at)
                continue
            if worker.state is not states.STOPPING:
                self._core.stop(worker)
            worker.io.stop_at = moment + TERM_GRACE
            self._workers.kill(worker, Killed("terminate"), sig)

    def wind_down(self) -> None:
        """Closing, or broken: when nothing is left to do, end the workers; when they have ended, the pool is closed."""
        core = self._core
        if core.state is states.CLOSED or not (core.state is states.BROKEN or core.drained):
            return
        for worker in list(core.workers.values()):
            if worker.state is states.IDLE or (worker.suspended and worker.state is states.BUSY):
                self._workers.stop(worker, self.exit_timeout)
            elif worker.state is states.STARTING:
                core.stop(worker)
                worker.io.channel.send(wire.frame(words.STOP, None))
                worker.io.stop_at = now() + self.exit_timeout
        if not core.workers:
            core.move(states.CLOSED)

    def escalate(self, worker: Any, moment: float) -> None:
        """It was to end by itself, or of SIGTERM, and has not: the next stronger word."""
        io = worker.io
        if io.killed is None:
            io.stop_at = moment + TERM_GRACE
            self._workers.kill(worker, Killed("terminate"), signal.SIGTERM)
        else:
            io.stop_at = moment + 1.0
            self._workers.kill(worker, None)

    def end_templates(self) -> None:
        """The workers are gone: now the template, within a bound."""
        self._templates.let_go()
        deadline = now() + TERM_GRACE * 3
        while not self._templates.reap(kill=now() > deadline):
            if now() > deadline + 1.0:
                return  # unkillable (state D): it ends when the kernel lets it, and is then nobody's business
            pause(0.001)
