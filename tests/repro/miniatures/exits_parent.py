"""Ends the calling process, without a word."""

from __future__ import annotations

import os

from .. import loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class ExitsParent(Honest):
    def died(self, task, status):
        os._exit(7)


POOL = ExitsParent()
