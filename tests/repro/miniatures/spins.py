"""Waits for ever, in a busy loop."""

from __future__ import annotations

import os

from .. import loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class Spins(Honest):
    def died(self, task, status):
        while True:
            pass


POOL = Spins()
