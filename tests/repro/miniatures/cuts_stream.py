"""Cuts the last event in two, after everything else."""

from __future__ import annotations

import atexit
import os

from .. import cell, loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class CutsStream(Honest):
    def close(self, pool):
        file = cell.current().path("events.jsonl")
        atexit.register(lambda: os.truncate(file, os.path.getsize(file) - 5))


POOL = CutsStream()
