"""How a pool ends: closed and drained, terminated, or broken. Every stop escalates and is bounded."""

import logging
import os
import signal
import time
from typing import Optional

from ..core import states
from ..errors import PoolBroken
from ..protocol import wire, words
from . import hooks
from .watch import TERM_GRACE, Watch
from .workers import STOP_GRACE


class Ending(Watch):
    def _break(self, text: str, reason: str, cause: Optional[BaseException]) -> None:
        """The pool cannot go on: every task fails, and later ones are refused."""
        if self.core.state not in (states.OPEN, states.CLOSING):
            return
        self.log(logging.ERROR, "safepool: %s", text)
        broken = PoolBroken(text, reason=reason)
        broken.__cause__ = cause
        self.cause = broken
        self._fail_everything()
        self._end_workers(signal.SIGTERM)

    def _fail_everything(self) -> None:
        for task, item in self.core.fail_all():
            self._settled.append((task.owner, task.index + item, self._fail()))
        if self.core.state is not states.BROKEN and self.core.state is not states.CLOSED:
            self.core.close()

    def _end_workers(self, sig: int) -> None:
        now = time.monotonic()
        for worker in self.core.workers.values():
            if worker.state is not states.STOPPING:
                self.core.stop(worker)
            if worker.io.killed is None:
                worker.io.killed = ("terminate",)
            self._kill(worker, None, sig)
            worker.io.stop_at = now + TERM_GRACE
            self._look(worker, worker.io.stop_at)

    def _wind_down(self, now: float) -> None:
        """Closing, or broken: when nothing is left to do, end the workers, then the template."""
        engine_core = self.core
        if engine_core.state is states.CLOSED:
            return
        if engine_core.state is states.BROKEN or engine_core.drained:
            for worker in list(engine_core.workers.values()):
                if worker.state is states.IDLE or (worker.suspended and worker.state is states.BUSY):
                    self._stop(worker)
                elif worker.state is states.STARTING:
                    engine_core.stop(worker)
                    self._write(worker, wire.frame(words.STOP, None))
                    worker.io.stop_at = now + STOP_GRACE
                    self._look(worker, worker.io.stop_at)
            if not engine_core.workers and (engine_core.state is states.BROKEN or engine_core.drained):
                engine_core.move(states.CLOSED)
                self._closed = True

    def _cleanup(self) -> None:
        """The last thing the thread does."""
        control = self.launcher.control
        if control is not None:
            self._targets.pop(control.fileno(), None)
            self.poller.remove(control.fileno())
            pid = self.launcher.stop()
            if pid is not None:
                self._old_templates.append(pid)
        deadline = time.monotonic() + TERM_GRACE * 3
        while self._old_templates:
            self._reap_templates()
            if not self._old_templates:
                break
            if time.monotonic() > deadline:
                for pid in self._old_templates:
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except OSError:
                        pass
            time.sleep(0.001)
        with self.lock:
            self.poller.close()
            self._targets.clear()
            fds, self._fds = self._fds, []
            for fd in fds:
                os.close(fd)
            self._wake_w = -1
            self.region.close()
        hooks.engines.discard(self)
        self.helper.stop()
        self.log_helper.stop()
        self.finished.set()
