"""Starts one process after another, each of which ends at once."""

from __future__ import annotations

import os

from .. import loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class Respawns(Honest):
    def died(self, task, status):
        while True:
            if os.fork() == 0:
                os._exit(1)
            os.wait()


POOL = Respawns()
