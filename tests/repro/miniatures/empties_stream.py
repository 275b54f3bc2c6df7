"""Empties the event stream, after everything else."""

from __future__ import annotations

import atexit
import os

from .. import cell, loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class EmptiesStream(Honest):
    def close(self, pool):
        atexit.register(os.truncate, cell.current().path("events.jsonl"), 0)


POOL = EmptiesStream()
