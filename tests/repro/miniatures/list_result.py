"""Gives a result that is not even a number, and can't be hashed."""

from __future__ import annotations

import os

from .. import loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class ListResult(Honest):
    def answered(self, task, value):
        return super().answered(task, [value] if task == 2 else value)


POOL = ListResult()
