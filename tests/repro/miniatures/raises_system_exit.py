"""Raises SystemExit in the caller."""

from __future__ import annotations

import os

from .. import loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class RaisesSystemExit(Honest):
    def died(self, task, status):
        raise SystemExit(5)


POOL = RaisesSystemExit()
