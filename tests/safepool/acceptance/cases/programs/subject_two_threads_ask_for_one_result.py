"""Root 3. Two threads ask for one result whose unpickling takes longer than a minute.

What must hold: both get the value. (Slow: not in the short run.)
"""

import threading
import time

import safepool
from tests.safepool.acceptance.cases import subject_case as case


class Slow:
    def __getstate__(self):
        return 1

    def __setstate__(self, state):
        time.sleep(63)
        self.whole = True


def slow():
    return Slow()


def run(variant, context):
    pool = safepool.ProcessPoolExecutor(1, mp_context=context)
    future = pool.submit(slow)
    got = []
    threads = [threading.Thread(target=lambda: got.append(future.result())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    case.check([type(value) for value in got] == [Slow, Slow], f"{got}")
    pool.shutdown()


if __name__ == "__main__":
    case.main(run)
