"""Waits for ever with processes that ignore SIGTERM, and ignores it itself."""

from __future__ import annotations

import os
import signal
import time

from .. import loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class IgnoresSigterm(Honest):
    def open(self, workers, start_method):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

    def died(self, task, status):
        self.start(time.sleep, 1000)
        while True:
            signal.pause()


POOL = IgnoresSigterm()
