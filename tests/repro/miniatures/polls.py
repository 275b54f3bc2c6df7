"""Waits for ever, and looks ten times a second, as pools do."""

from __future__ import annotations

import os
import time

from .. import loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class Polls(Honest):
    def died(self, task, status):
        while True:
            time.sleep(0.1)


POOL = Polls()
