"""Goes on, a result every fifth of a second, and takes longer than any deadline."""

from __future__ import annotations

import itertools
import os
import time

from .. import loading
from ..adapter import Outcome

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class Slow(Honest):
    def died(self, task, status):
        for number in itertools.count(1000):
            time.sleep(0.2)
            yield Outcome(number, number)


POOL = Slow()
