"""Never opens."""

from __future__ import annotations

import os
import signal

from .. import loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class HangsAtOpen(Honest):
    def open(self, workers, start_method):
        while True:
            signal.pause()


POOL = HangsAtOpen()
