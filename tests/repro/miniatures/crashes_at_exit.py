"""Does everything right, and crashes the interpreter at its exit."""

from __future__ import annotations

import atexit
import os

from .. import loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class CrashesAtExit(Honest):
    def close(self, pool):
        atexit.register(os._exit, 7)


POOL = CrashesAtExit()
