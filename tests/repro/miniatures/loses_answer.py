"""Forgets the last answer, though nobody died."""

from __future__ import annotations

import os

from .. import loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class LosesAnswer(Honest):
    def answered(self, task, value):
        return iter(()) if task == 8 else super().answered(task, value)


POOL = LosesAnswer()
