"""Gives two tasks each other's results."""

from __future__ import annotations

import os

from .. import loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class SwapsResults(Honest):
    def answered(self, task, value):
        return super().answered(task, {1: 2, 2: 1}.get(value, value))


POOL = SwapsResults()
