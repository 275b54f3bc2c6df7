"""Stops the calling process: it answers no signal but SIGKILL."""

from __future__ import annotations

import os
import signal

from .. import loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class StopsItself(Honest):
    def died(self, task, status):
        os.kill(os.getpid(), signal.SIGSTOP)
        return super().died(task, status)


POOL = StopsItself()
