"""Root 8. A command-line tool has given SIGPIPE its default back; a worker dies while it is idle, or with much to read.

What must hold: the parent goes on.
"""

import os
import signal

import safepool
from tests.safepool.acceptance.cases import subject_case as case


def run(variant, context):
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for _ in range(10):
        pool = safepool.Pool(1, context=context)
        worker, _ = pool.apply(case.ids)
        if variant == "idle":
            os.kill(worker, signal.SIGKILL)
            asked = [pool.apply_async(case.same, (i,)) for i in range(3)]
        else:
            os.kill(worker, signal.SIGSTOP)
            asked = [pool.apply_async(len, (bytes(8_000_000),)) for _ in range(2)]
            os.kill(worker, signal.SIGKILL)
        answers = [case.outcome(result.get, 8) for result in asked]
        case.check(all(e is None or isinstance(e, safepool.WorkerDied) for _, e in answers), f"{answers}")
        pool.terminate()
        pool.join()


if __name__ == "__main__":
    case.main(run)
