"""Forks, and both processes go on in the caller'\''s code; the original is ended, the copy reaches the end."""

from __future__ import annotations

import os

from .. import loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class ForksItsCaller(Honest):
    def died(self, task, status):
        if os.fork() > 0:
            os._exit(7)
        return super().died(task, status)


POOL = ForksItsCaller()
