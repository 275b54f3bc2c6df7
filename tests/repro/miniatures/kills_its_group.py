"""Ends its whole process group, the caller first of all."""

from __future__ import annotations

import os
import signal

from .. import loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class KillsItsGroup(Honest):
    def died(self, task, status):
        os.killpg(0, signal.SIGKILL)


POOL = KillsItsGroup()
