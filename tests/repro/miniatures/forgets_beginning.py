"""Empties the event stream before the end: the end marker stands alone."""

from __future__ import annotations

import os

from .. import cell, loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class ForgetsBeginning(Honest):
    def close(self, pool):
        os.truncate(cell.current().path("events.jsonl"), 0)


POOL = ForgetsBeginning()
