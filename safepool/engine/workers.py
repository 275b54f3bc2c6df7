"""Workers come and go: launching them through the template, stopping, killing, and what if the template dies."""

import logging
import os
import signal
import time
from typing import Any, List, Optional, Tuple

from .. import postmortem
from ..core import states
from ..core.states import Worker
from ..errors import RemoteTraceback
from ..protocol import wire, words
from ..protocol.control import BROKEN, CGROUP, DIED, FAILED, LAUNCHED
from ..protocol.slots import Slot
from . import poller
from .base import Io
from .fast_path import Lead

#: Seconds that a worker which was told to stop has to end by itself.
STOP_GRACE = 2.0
#: Pause between attempts to launch a worker when the system has no process or descriptor left; and for how long.
LAUNCH_RETRY = 0.1
LAUNCH_PATIENCE = 2.0
#: How often a worker is looked after whose parent, the template, is gone, where there is no pidfd.
ORPHAN_CHECK = 0.05


class Staff(Lead):
    def _launch_wanted(self) -> None:
        if self.launcher.lost:
            return  # and the template is being replaced, or not
        now = None
        for _ in range(self.core.wanted()):
            if now is None:
                now = time.monotonic()
                if now < self._launch_after:
                    self._launch_put_off = True
                    self._soon(self._launch_after)
                    return
            if not self._free_slots:
                return
            try:
                self._launch()
            except OSError as error:
                self._launch_failed(error)
                return

    def _launch(self) -> None:
        worker = self.core.launch()
        fds: List[int] = []
        index = self._free_slots.pop()
        try:
            fds += os.pipe()
            fds += os.pipe()
            task_r, task_w, result_r, result_w = fds
            os.set_blocking(task_w, False)
            os.set_blocking(result_r, False)
            slot = Slot(self.region, index)
            slot.clear()
            self.launcher.launch(worker.id, index, task_r, result_w)
        except BaseException:
            for fd in fds:
                os.close(fd)
            self._free_slots.append(index)
            self.core.launch_failed(worker)
            raise
        os.close(task_r)
        os.close(result_w)
        worker.io = Io(slot, task_w, result_r)
        self._targets[result_r] = ("result", worker)
        self.poller.add(result_r, poller.READ)
        if self.poller.needs_wake:
            self.wake()
        first = self.launcher.first_message
        if first is not None:
            self._write(worker, wire.frame(words.SETUP, None, [len(first)]), [first])

    def _launch_failed(self, error: OSError) -> None:
        now = time.monotonic()
        self._launch_error = error
        if self._launch_failing is None:
            self._launch_failing = now
            self.log(logging.WARNING, "safepool: cannot start a worker now: %s; will try again", error)
        self._launch_after = now + LAUNCH_RETRY
        self._soon(self._launch_after)
        if now - self._launch_failing > LAUNCH_PATIENCE and not self.core.workers:
            self._break(f"no worker can be started: {error}", "start", error)

    def _watch_template(self) -> None:
        assert self.launcher.control is not None
        fd = self.launcher.control.fileno()
        self._targets[fd] = ("template", None)
        self.poller.add(fd, poller.READ)

    def _hear_template(self) -> None:
        assert self.launcher.control is not None
        for report in self.launcher.reports():
            if report is None:
                self._template_lost()
                return
            if report.operation == BROKEN:
                text = report.text.decode("utf-8", "replace")
                last = text.strip().splitlines()[-1] if text.strip() else "no reason given"
                self._break(f"the workers cannot be prepared: {last}", "template", RemoteTraceback(text))
                continue
            worker = self.core.workers.get(report.worker)
            if worker is None:
                continue
            io = worker.io
            if report.operation == LAUNCHED:
                io.pid = report.a
                self._launch_failing = None
                if io.pending_signal is not None:
                    self.launcher.signal(worker.id, io.pid, io.pending_signal)
            elif report.operation == FAILED:
                self._release(worker)
                self.core.launch_failed(worker)
                self._launch_failed(OSError(report.a, os.strerror(report.a)))
            elif report.operation == CGROUP:
                io.cgroup = report.text.decode("utf-8", "replace")
            elif report.operation == DIED:
                self._bury(worker, postmortem.from_wait(report.b, report.c))

    def _template_lost(self) -> None:
        """The template is dead. Its workers live on, and have to be watched in another way."""
        control = self.launcher.control
        assert control is not None
        self._targets.pop(control.fileno(), None)
        self.poller.remove(control.fileno())
        pid = self.launcher.stop()
        if pid is not None:
            self._old_templates.append(pid)
        self._reap_templates()
        if self.core.state is states.BROKEN or self._terminating:
            self._end_workers(signal.SIGKILL)
        self._template_deaths += 1
        self.log(logging.WARNING, "safepool: the process that starts workers (pid %s) has died", pid)
        hopeless = self._template_deaths > 3 + 2 * self.core.size
        if self.launcher.method == "fork" or hopeless:
            self.core.launching = False
        for worker in list(self.core.workers.values()):
            io = worker.io
            if io.pid is None:
                # It may run or not; without its end of the pipe it will leave.
                self._release(worker)
                self.core.launch_failed(worker)
            elif not self._watch_pid(worker):
                self._bury(worker, postmortem.Status(None))
        if self.core.state in (states.OPEN, states.CLOSING):
            if not self.core.launching:
                self._check_stranded()
            else:
                try:
                    self.launcher.start()
                except OSError as error:
                    self._break("the process that starts workers was killed and cannot be replaced", "template", error)
                    return
                self._watch_template()
                self._launch_wanted()

    def _check_stranded(self) -> None:
        if not self.core.launching and not self.core.workers and self.core.state in (states.OPEN, states.CLOSING):
            self._break(
                "the process that starts workers was killed, and so were all workers; "
                "with the start method 'fork' it cannot be made again once threads run. Make a new pool.",
                "template",
                None,
            )

    def _watch_pid(self, worker: Worker) -> bool:
        """Watch a worker whose parent is gone; False if it is dead already."""
        io = worker.io
        if io.orphan:
            return True
        io.orphan = True
        try:
            io.pidfd = os.pidfd_open(io.pid)  # type: ignore[attr-defined, unused-ignore]
        except AttributeError:
            if not postmortem.alive(io.pid):
                return False
            self._look(worker, time.monotonic() + ORPHAN_CHECK)
        except OSError:
            return False
        else:
            self._targets[io.pidfd] = ("pidfd", worker)
            self.poller.add(io.pidfd, poller.READ)
            if self.poller.needs_wake:
                self.wake()
        return True

    def _reap_templates(self) -> None:
        for pid in list(self._old_templates):
            try:
                if os.waitpid(pid, os.WNOHANG)[0]:
                    self._old_templates.remove(pid)
            except ChildProcessError:
                self._old_templates.remove(pid)

    def _kill(self, worker: Worker, why: Optional[Tuple[Any, ...]], sig: int = signal.SIGKILL) -> None:
        io = worker.io
        if why is not None and io.killed is None:
            io.killed = why
        if io.pid is None:
            io.pending_signal = sig
            return
        try:
            if io.orphan:
                os.kill(io.pid, sig)
            else:
                self.launcher.signal(worker.id, io.pid, sig)
        except OSError:
            pass

    def _stop(self, worker: Worker) -> None:
        """Ask an idle worker to end by itself."""
        self.core.stop(worker)
        worker.io.stop_at = time.monotonic() + STOP_GRACE
        self._look(worker, worker.io.stop_at)
        self._write(worker, wire.frame(words.STOP, None))

    def _release(self, worker: Worker) -> None:
        """Close what belongs to a worker that is dead."""
        io = worker.io
        for fd in (io.task_fd, io.result_fd, io.pidfd):
            if fd is not None:
                if self._targets.pop(fd, None) is not None:
                    self.poller.remove(fd)
                os.close(fd)
        index = io.slot.index
        io.slot.release()
        self._free_slots.append(index)
