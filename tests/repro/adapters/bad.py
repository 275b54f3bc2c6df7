"""An adapter with three faults: it loses the last result, forgets the initializer, and never calls back."""

from __future__ import annotations

import os

from repro.subject import loading

Good = type(loading.pool(os.path.join(os.path.dirname(__file__), "good.py")))


class Bad(Good):
    name = "bad"
    label = "bad"

    def open(self, workers, start_method, **options):
        return super().open(workers, start_method)

    def start(self, pool, function, inputs, notice, callback=None):
        return super().start(pool, function, inputs, notice)

    def collect(self, started, inputs):
        yield from super().collect(started[:-1], inputs)


POOL = Bad()
