"""Collections at random moments, in whatever thread, of objects whose ``__del__`` uses or ends the pool."""

import gc
import os

from tests.safepool.acceptance.siege import subject_siege
from tests.safepool.acceptance.siege.subject_signals import use


class Handle:
    """In a circle with itself, so that only the collector ends it."""

    def __init__(self, attack):
        self.attack = attack
        self.me = self

    def __del__(self):
        if self.attack.on and os.getpid() == self.attack.siege.pid:
            self.attack.hit()
            use(self.attack)


class Attack(subject_siege.Attack):
    on = False

    def begin(self, pool):
        self.on = pool is not None
        gc.set_threshold(self.random.choice((20, 60, 200)), 3, 3)

    def end(self):
        self.on = False
        gc.set_threshold(700, 10, 10)

    def operation(self):
        for _ in range(3):
            Handle(self)

    def around(self, name, call):
        Handle(self)
        return call()
