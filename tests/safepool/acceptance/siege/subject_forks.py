"""Forks of the parent at random moments, from the main and from another thread; the child exits, ends the pool, or uses it."""

import faulthandler
import gc
import os
import signal
import sys
import threading
import time

import safepool
from tests.safepool.acceptance.siege import subject_siege

WRONG = 9
PATIENCE = 10.0  # seconds for a child


class Attack(subject_siege.Attack):
    def __init__(self, siege):
        super().__init__(siege)
        self.on = threading.Event()
        self.thread = None

    def begin(self, pool):
        self.on.set()
        self.thread = threading.Thread(target=self.fork_now_and_then, daemon=True)
        self.thread.start()

    def end(self):
        self.on.clear()
        self.thread.join(PATIENCE + 5)

    def fork_now_and_then(self):
        while self.on.is_set():
            time.sleep(self.random.random() * 0.1)
            self.fork(main=False)

    def operation(self):
        if self.random.random() < 0.02:
            self.fork(main=True)

    def fork(self, main):
        act = self.random.choice(("exit", "with", "terminate", "close", "use", "drop"))
        waited = self.siege.asked[-1:]
        pid = os.fork()
        if not pid:
            self.child(act, waited, main)
        self.hit()
        end = time.monotonic() + PATIENCE
        asked = False
        while True:
            gone, status = os.waitpid(pid, os.WNOHANG)
            if gone:
                break
            if time.monotonic() > end:
                os.kill(pid, signal.SIGKILL if asked else signal.SIGUSR1)
                asked, end = True, time.monotonic() + 1
            time.sleep(0.002)
        if asked or status:
            what = "hangs" if asked else "wrong" if status >> 8 == WRONG else f"ended with status {status}"
            self.siege.finding(
                "fork", "a child that should {} ({} thread): {}".format(act, "main" if main else "another", what)
            )

    def child(self, act, waited, main):
        """In the fork; never returns."""
        pool = self.pool
        try:
            if pool is not None and act == "with":
                pool.__exit__(None, None, None)
            elif pool is not None and act in ("terminate", "close"):
                if isinstance(pool, safepool.Pool):
                    getattr(pool, act)()
                    pool.join()
                else:
                    pool.kill_workers()
                    pool.shutdown()
            elif pool is not None and act == "use":
                self.use(pool, waited)
            elif act == "drop":
                self.pool = pool = None
                gc.collect()
        except BaseException as error:
            self.siege.finding("fork", f"in a child that should {act}", error)
            os._exit(WRONG)
        if main and act in ("exit", "with"):
            faulthandler.register(signal.SIGUSR1, all_threads=True)
            sys.exit(0)  # the long way, through the frames of the campaign and the interpreter's exit
        os._exit(0)

    def use(self, pool, waited):
        executor = isinstance(pool, safepool.ProcessPoolExecutor)
        try:
            handle = (pool.submit if executor else pool.apply_async)(len, ())
        except RuntimeError:
            pass
        except ValueError:
            pass  # it was ended before
        else:
            # An executor that nobody has asked for anything begins here, as the standard one does.
            if not executor or self.siege.asked:
                raise AssertionError(f"{pool!r} took a task in a fork")
            if handle.result(5) != 0:
                raise AssertionError("wrong")
            pool.shutdown()
        for _, get in waited:
            if getattr(get, "in_order", False):
                continue
            try:
                get(5)  # it may have been answered before the fork
            except subject_siege.DEATHS:
                pass
            except RuntimeError:
                pass
            except subject_siege.ENDED:
                pass
