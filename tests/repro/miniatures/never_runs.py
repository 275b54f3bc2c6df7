"""Answers without running a task."""

from __future__ import annotations

import os

from .. import loading
from ..adapter import Outcome

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class NeverRuns(Honest):
    def run(self, pool, operation, function, inputs, notice):
        return iter([Outcome(task, task) for task in inputs])


POOL = NeverRuns()
