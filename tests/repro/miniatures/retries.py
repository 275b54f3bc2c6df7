"""Runs nothing again, but gives the dead task's result all the same: as a pool does that retries."""

from __future__ import annotations

import os

from .. import loading
from ..adapter import Outcome

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class Retries(Honest):
    def died(self, task, status):
        yield Outcome(task, task)


POOL = Retries()
