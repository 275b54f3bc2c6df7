"""Keeps a pool at its size: workers for tasks that wait, and what becomes of the pool when none can be had."""

import _thread
import logging
from typing import Any, Optional

from ..core import states
from .parts import AtHand, Parts


class Staffing(AtHand):
    """Whoever has the engine may use it."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self.forking: Optional[int] = None  # the thread that forks a template for this pool just now

    def deal(self) -> None:
        self._dispatch.deal()
        if self._core.queue and len(self._core.workers) < self._core.size:
            self.launch_wanted()

    def launch_wanted(self) -> None:
        error = self._workers.launch_wanted()
        if error is not None:
            self.launch_failed(error)

    def launch_failed(self, error: OSError) -> None:
        if self._workers.failing_since is None:
            self._outcomes.log(logging.WARNING, "safepool: cannot start a worker now: %s; will try again", error)
        if self._workers.launch_failed(error):
            self._shutdown.break_(f"no worker can be started: {error}", "start", error)

    def check_stranded(self) -> None:
        if not self._core.launching and not self._core.workers and self._core.state in (states.OPEN, states.CLOSING):
            self._shutdown.break_(
                "the process that starts workers was killed or does not answer, and there is no worker left; "
                "with the start method 'fork' it cannot be made again once threads run. Make a new pool.",
                "template",
            )

    def begin(self, launcher: Any, region: Any) -> None:
        """The first workers, and the template. Raises OSError if it cannot be made."""
        self._workers.region = region
        self._templates.launcher = launcher
        self.launch_wanted()
        if not self._core.workers and launcher.method == "fork" and launcher.setup[0] is None:
            # A pool that makes its workers on demand is about to need one, which the template forks right away.
            try:
                self._workers.launch()
            except OSError as failure:
                self.launch_failed(failure.with_traceback(None))
        self.start_template()

    def start_template(self) -> None:
        """Raises OSError if no process can be made."""
        self.forking = _thread.get_ident()
        try:
            self._templates.start()
        finally:
            self.forking = None
        self._templates.watch()
