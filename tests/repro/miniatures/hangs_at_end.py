"""Does everything right, and waits for ever when it is closed."""

from __future__ import annotations

import os
import signal

from .. import loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class HangsAtEnd(Honest):
    def close(self, pool):
        while True:
            signal.pause()


POOL = HangsAtEnd()
