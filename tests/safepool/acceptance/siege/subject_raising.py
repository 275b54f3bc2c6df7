"""Signals whose handlers raise, at random moments of every public call: Ctrl-C, and an exception of the program's own."""

import signal

import safepool
from tests.safepool.acceptance.siege import subject_siege


class OutOfTime(Exception):
    """What a program's own SIGALRM handler raises."""


class Attack(subject_siege.Attack):
    raised = (KeyboardInterrupt, OutOfTime)
    errors = (*raised, safepool.PoolBroken)

    def __init__(self, siege):
        super().__init__(siege)
        self.on = False
        signal.signal(signal.SIGALRM, self.handler)

    def begin(self, pool):
        self.on = True

    def end(self):
        self.on = False

    def around(self, name, call):
        if not self.on or self.random.random() < 0.5:
            return call()
        longest = {"make": -1.5, "answer": -2, "submit": -3.5, "apply_async": -3.5}.get(name, -2.3)
        try:
            signal.setitimer(signal.ITIMER_REAL, 10 ** self.random.uniform(-5.5, longest))
            return call()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def handler(self, *_):
        if self.on:
            self.hit()
            raise self.random.choice(self.raised)
