"""Root 2. The thread that makes the pool has SIGCHLD blocked, or all signals, or the program's signal module is a patched one.

What must hold: a worker's death is noticed.
"""

import signal
import threading

import safepool
from tests.safepool.acceptance.cases import subject_case as case


def use(context):
    pool = safepool.ProcessPoolExecutor(2, mp_context=context)
    case.check(pool.submit(case.same, 1).result(10) == 1, "wrong")
    _, error = case.outcome(pool.submit(case.die).result, 5)
    case.check(isinstance(error, safepool.WorkerDied), f"a death is answered by {error!r}")
    case.check(pool.submit(case.same, 1).result(10) == 1, "wrong")
    pool.shutdown()


def run(variant, context):
    if variant == "main":
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
        use(context)
    elif variant == "patched":
        # As gevent does: who asks for SIGCHLD gets a note in a table that an event loop would look at.
        real = signal.signal
        signal.signal = lambda signum, handler: None if signum == signal.SIGCHLD else real(signum, handler)
        use(context)
    else:
        errors = []

        def inside():
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            errors.append(case.outcome(use, context)[1])

        thread = threading.Thread(target=inside)
        thread.start()
        thread.join()
        case.check(errors == [None], f"{errors}")


if __name__ == "__main__":
    case.main(run)
