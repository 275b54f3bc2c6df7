"""Forgets the task whose process died: neither a result nor an error."""

from __future__ import annotations

import os

from .. import loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class LosesResult(Honest):
    def died(self, task, status):
        return iter(())


POOL = LosesResult()
