"""Root 8. A tracer's at-fork hooks start a thread in each child, and wait for it before that child forks, which takes a second.

What must hold: the hooks cost a pool about what they cost the standard pool, whose children never fork.
"""

import multiprocessing.pool
import os
import threading
import time

import safepool
from tests.safepool.acceptance.cases import subject_case as case


class Tracer:
    def __init__(self):
        self.start(0)
        os.register_at_fork(before=self.end, after_in_parent=self.start, after_in_child=self.start)

    def start(self, delay=1.0):
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.live, args=(delay,), daemon=True)
        self.thread.start()

    def live(self, delay):
        """The first second of its life cannot be cut short."""
        if os.getpid() != PARENT:
            time.sleep(delay)
        self.stop.wait()

    def end(self):
        self.stop.set()
        self.thread.join()


PARENT = os.getpid()


def timed(pool):
    began = time.monotonic()
    made = pool()
    made.map(case.same, range(10))
    made.close()
    made.join()
    return time.monotonic() - began


def run(variant, context):
    Tracer()
    standard = timed(lambda: multiprocessing.pool.Pool(2, context=context))
    ours = timed(lambda: safepool.Pool(2, context=context))
    case.check(ours < standard + 1.0, f"{ours:.1f} s; the standard pool: {standard:.1f} s")


if __name__ == "__main__":
    case.main(run)
