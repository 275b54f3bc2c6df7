"""Writes events that lack what events have."""

from __future__ import annotations

import os

from .. import events, loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class StripsEvents(Honest):
    def died(self, task, status):
        events.emit("delivered")
        return super().died(task, status)


POOL = StripsEvents()
