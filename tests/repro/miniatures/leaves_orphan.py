"""Leaves a process behind that has left its session and lost its parent."""

from __future__ import annotations

import os
import time

from .. import loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class LeavesOrphan(Honest):
    def died(self, task, status):
        child = os.fork()
        if child == 0:
            os.setsid()
            if os.fork() > 0:
                os._exit(0)
            time.sleep(1000)
        os.waitpid(child, 0)
        return super().died(task, status)


POOL = LeavesOrphan()
