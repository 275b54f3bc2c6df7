"""Root 7. Threads make pools while another forks, with a lock of the program's around ``os.fork()`` and in a before-hook.

What must hold: nobody waits for ever, and the children end.
"""

import os
import sys
import threading
import time

import safepool
from tests.safepool.acceptance.cases import subject_case as case

SECONDS = 6.0


def run(variant, context):
    sys.setswitchinterval(1e-5)
    lock = threading.RLock()
    # As gRPC and others do: nothing else goes on while the program forks.
    os.register_at_fork(before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release)
    safepool.Pool(1, context=context).terminate()
    end = time.monotonic() + SECONDS
    errors = []

    def make():
        while time.monotonic() < end:
            pool = safepool.Pool(1, context=context)
            value, error = case.outcome(pool.apply_async(case.same, (1,)).get, 8)
            if value != 1:
                errors.append(error)
            pool.terminate()

    def fork():
        while time.monotonic() < end:
            with lock:
                pid = os.fork()
                if not pid:
                    os._exit(0)
            os.waitpid(pid, 0)

    threads = [threading.Thread(target=target, daemon=True) for target in (make, make, fork)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS + 6)
    case.check(not any(thread.is_alive() for thread in threads), "a thread waits for ever")
    case.check(not errors, f"{errors}")


if __name__ == "__main__":
    case.main(run)
