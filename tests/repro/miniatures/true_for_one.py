"""Gives True for 1: equal in Python, and not what the task returned."""

from __future__ import annotations

import os

from .. import loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class TrueForOne(Honest):
    def answered(self, task, value):
        return super().answered(task, True if task == 1 else value)


POOL = TrueForOne()
