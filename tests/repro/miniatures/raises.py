"""Ends the call with an error that names task and status."""

from __future__ import annotations

import os

from .. import loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class Raises(Honest):
    def died(self, task, status):
        for outcome in super().died(task, status):
            raise outcome.error
        yield


POOL = Raises()
