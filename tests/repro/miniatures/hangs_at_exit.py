"""Does everything right, and keeps the interpreter from exiting."""

from __future__ import annotations

import os
import threading

from .. import loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class HangsAtExit(Honest):
    def close(self, pool):
        threading.Thread(target=threading.Event().wait).start()


POOL = HangsAtExit()
