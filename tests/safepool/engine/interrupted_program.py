"""A caller that is interrupted all the time while it hands tasks over and waits: ``SEED SECONDS``.

Each task that was handed over has to settle. Prints what happened, and exits with 1 if one did not.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import random
import signal
import sys
import threading
import time

import safepool

FORK = multiprocessing.get_context("fork")


def twice(x: int) -> int:
    return 2 * x


class Storm(threading.Thread):
    """Sends SIGINT at random moments, while it is not told to pause."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.pause = threading.Event()
        self.paused = threading.Event()
        self.pause.set()

    def run(self) -> None:
        while True:
            if self.pause.is_set():
                self.paused.set()
            else:
                self.paused.clear()
                os.kill(os.getpid(), signal.SIGINT)
            time.sleep(random.random() * 0.002)

    def stop(self) -> None:
        """Returns when no more interrupts come; the last ones are passed over."""
        while True:
            try:
                self.paused.clear()
                self.pause.set()
                self.paused.wait()
                return
            except KeyboardInterrupt:
                pass


def main() -> None:
    random.seed(int(sys.argv[1]))
    faulthandler.dump_traceback_later(60, exit=True)
    storm = Storm()
    storm.start()
    pool = safepool.Pool(2, context=FORK)
    results = []
    interrupts = 0
    end = time.monotonic() + float(sys.argv[2])
    while time.monotonic() < end:
        try:
            storm.pause.clear()
            for i in range(300):
                results.append(pool.apply_async(twice, (i,)))
                if i % 3 == 0 and results[-1].get(30) != 2 * i:
                    raise AssertionError("a wrong result")
        except KeyboardInterrupt:
            interrupts += 1
        except safepool.PoolBroken:
            pass
        storm.stop()
        try:
            pool.map(twice, range(2))
        except safepool.PoolBroken:
            # The interrupt came in the middle of handing a task over. That is allowed; a task that is lost is not.
            pool.terminate()
            pool.join()
            pool = safepool.Pool(2, context=FORK)
    for result in results:
        result.wait(10)
    lost = sum(not result.ready() for result in results)
    pool.close()
    pool.join()
    print(f"{len(results)} results, {interrupts} interrupts, {lost} lost")
    sys.exit(bool(lost or not interrupts))


if __name__ == "__main__":
    main()
