"""Names the task, and another status than the kernel'\''s."""

from __future__ import annotations

import os

from .. import loading
from ..adapter import Outcome

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class LiesAboutStatus(Honest):
    def died(self, task, status):
        yield Outcome(task, error=ValueError(f"task {task} died: exit code 4"))


POOL = LiesAboutStatus()
