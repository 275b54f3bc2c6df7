"""Gives one result twice."""

from __future__ import annotations

import os

from .. import loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class DoublesResult(Honest):
    def answered(self, task, value):
        yield from super().answered(task, value)
        if task == 2:
            yield from super().answered(task, value)


POOL = DoublesResult()
