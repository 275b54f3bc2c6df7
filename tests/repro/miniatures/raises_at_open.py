"""Can't be made: its constructor raises."""

from __future__ import annotations

import os

from .. import loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class RaisesAtOpen(Honest):
    def open(self, workers, start_method):
        raise OSError("no room for a pool")


POOL = RaisesAtOpen()
