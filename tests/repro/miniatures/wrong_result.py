"""Gives one result that no task has."""

from __future__ import annotations

import os

from .. import loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class WrongResult(Honest):
    def answered(self, task, value):
        return super().answered(task, 2000 if task == 2 else value)


POOL = WrongResult()
