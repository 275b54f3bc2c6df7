"""What the template reports, and what is done when it is gone or does not answer."""

import logging
import os

from .. import postmortem
from ..core import states
from ..errors import RemoteTraceback
from ..protocol.control import ALIVE, BROKEN, CGROUP, DIED, FAILED, LAUNCHED, NO_STATUS, STRANGER, TROUBLE
from .burial import Burial
from .parts import AtHand, Parts
from .staffing import Staffing


class Reports(AtHand):
    """Whoever has the engine may use it."""

    def __init__(self, parts: Parts, staffing: Staffing, burial: Burial) -> None:
        super().__init__(parts)
        self._staffing = staffing
        self._burial = burial

    def hear(self) -> None:
        if self._templates.launcher.lost:
            return  # who asks for a worker's status may come later than the template's end
        for report in self._templates.launcher.reports():
            if report is None:
                self.lost()
                return
            self._templates.heard = True
            if report.operation == BROKEN:
                text = report.text.decode("utf-8", "replace")
                last = text.strip().splitlines()[-1] if text.strip() else "no reason given"
                self._shutdown.break_(f"the workers cannot be prepared: {last}", "template", RemoteTraceback(text))
                continue
            if report.operation == TROUBLE:
                text = report.text.decode("utf-8", "replace")
                self._outcomes.log(logging.WARNING, "safepool: the process that starts workers: %s", text)
                continue
            worker = self._core.workers.get(report.worker)
            if worker is None or worker.io is None:
                continue
            if report.operation in (LAUNCHED, ALIVE):
                if not self._workers.launched(worker, report.a):
                    self._burial.died(worker, None)
            elif report.operation == FAILED:
                self._workers.release(worker)
                self._core.launch_failed(worker)
                self._staffing.launch_failed(OSError(report.a, os.strerror(report.a)))
            elif report.operation == CGROUP:
                worker.io.cgroup = report.text.decode("utf-8", "replace")
            elif report.operation == DIED:
                known = report.b != NO_STATUS
                if not known and worker.io.known and self._workers.is_alive(worker, thoroughly=True):
                    continue  # the template only knows that it has no such child: we watch the process itself
                self._burial.bury(
                    worker, postmortem.from_wait(report.b, report.c) if known else postmortem.Status(None)
                )
            elif report.operation == STRANGER and worker.io.pid is None:
                # The request for it was lost: it will never be.
                self._workers.release(worker)
                self._core.launch_failed(worker)
                self._staffing.launch_wanted()

    def lost(self, stuck: bool = False) -> None:
        """The template is dead, or does not answer and is given up. Its workers live on."""
        pid = self._templates.launcher.pid
        self._templates.let_go(kill=stuck)
        self._templates.deaths += 1
        what = "does not answer and is given up" if stuck else "has died"
        self._outcomes.log(logging.WARNING, "safepool: the process that starts workers (pid %s) %s", pid, what)
        hopeless = self._templates.deaths > 3 + 2 * self._core.size
        if self._templates.launcher.method == "fork" or hopeless:
            self._core.launching = False
        for worker in list(self._core.workers.values()):
            if not self._workers.identify(worker):
                self._burial.died(worker, None)
            elif worker.io.pid is None:
                # It may run or not; without its end of the pipe it will leave.
                self._workers.release(worker)
                self._core.launch_failed(worker)
        if self._core.state in (states.OPEN, states.CLOSING):
            if not self._core.launching:
                self._staffing.check_stranded()
                return
            try:
                self._staffing.start_template()
            except OSError as error:
                self._shutdown.break_(
                    "the process that starts workers was killed and cannot be replaced",
                    "template",
                    error.with_traceback(None),
                )
                return
            self._staffing.launch_wanted()
