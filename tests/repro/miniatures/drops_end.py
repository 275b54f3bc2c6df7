"""Takes the end marker away, after everything else."""

from __future__ import annotations

import atexit
import os

from .. import cell, loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class DropsEnd(Honest):
    def close(self, pool):
        file = cell.current().path("events.jsonl")

        def drop():
            with open(file, "rb+") as stream:
                lines = stream.readlines()
                stream.truncate(sum(map(len, lines[:-1])))

        atexit.register(drop)


POOL = DropsEnd()
