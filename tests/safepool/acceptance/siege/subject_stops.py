"""SIGSTOP, SIGCONT and SIGKILL at random moments, for the template and for workers.

Workers that are stopped go on when the attack is over: nobody can tell a stopped task from a long one. A template may stay
stopped: the pool has to do without it.
"""

import contextlib
import os
import signal
import threading
import time

from tests.safepool.acceptance.siege import subject_siege


def parent_of(pid):
    """Raises OSError where there is none: for a process that was reaped a moment ago the kernel says 0, and kill(0) hits us."""
    with open(f"/proc/{pid}/stat") as file:
        parent = int(file.read().rpartition(")")[2].split()[1])
    if parent == 0:
        raise ProcessLookupError(pid)
    return parent


class Attack(subject_siege.Attack):
    errors = subject_siege.DEATHS

    def __init__(self, siege):
        super().__init__(siege)
        self.on = threading.Event()
        self.thread = None
        self.stopped = {}  # pid: is it a template?
        self.going_on = []  # (when, pid): stopped for a while

    def begin(self, pool):
        if pool is not None:
            self.on.set()
            self.thread = threading.Thread(target=self.go_on, args=(pool,), daemon=True)
            self.thread.start()

    def end(self):
        if self.thread is not None:
            self.on.clear()
            self.thread.join(15)
            self.thread = None
        for pid, template in self.stopped.items():
            if template and self.random.random() < 0.5:
                continue
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGCONT)
        self.stopped.clear()
        self.going_on.clear()

    def go_on(self, pool):
        while self.on.is_set():
            time.sleep(self.random.random() * 0.04)
            for one in [one for one in self.going_on if one[0] <= time.monotonic()]:
                self.going_on.remove(one)
                with contextlib.suppress(OSError):
                    os.kill(one[1], signal.SIGCONT)
            with contextlib.suppress(OSError):
                self.one(pool)

    def one(self, pool):
        workers = [worker.pid for worker in pool.workers if worker.pid]
        if not workers:
            return
        victim = self.random.choice(workers)
        template = parent_of(victim)
        if template == self.siege.pid or template == 1:
            return
        draw = self.random.random()
        if draw < 0.35:
            victim = template
        signum = self.random.choice((signal.SIGSTOP, signal.SIGSTOP, signal.SIGKILL))
        if victim == template and self.random.random() < 0.8:
            signum = signal.SIGSTOP
        os.kill(victim, signum)
        self.hit()
        if signum == signal.SIGSTOP:
            self.stopped[victim] = victim == template
            if self.random.random() < 0.6:
                self.going_on.append((time.monotonic() + self.random.random() * 0.2, victim))
