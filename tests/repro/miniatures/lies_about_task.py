"""Names another task, and the right status."""

from __future__ import annotations

import os

from .. import loading
from ..adapter import Outcome

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class LiesAboutTask(Honest):
    def died(self, task, status):
        yield Outcome(task, error=ValueError("task 4 died: SIGKILL"))


POOL = LiesAboutTask()
