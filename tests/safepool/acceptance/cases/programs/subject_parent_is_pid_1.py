"""Root 2. The parent is PID 1 (a container without an init): orphans become its children.

What must hold: deaths are noticed, and no worker is left as a zombie of ours. Needs the right to unshare (root).
"""

import ctypes
import os

import safepool
from tests.safepool.acceptance.cases import subject_case as case

CLONE_NEWPID = 0x20000000


def use(context):
    pool = safepool.Pool(2, context=context)
    _, error = case.outcome(pool.apply_async(case.die).get, 5)
    case.check(isinstance(error, safepool.WorkerDied), f"a death is answered by {error!r}")
    _, template = pool.apply(case.ids)
    os.kill(template, 9)
    case.outcome(pool.apply_async(case.same, (1,)).get, 5)
    pool.terminate()
    pool.join()

    def zombies():
        try:
            return os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return None

    case.until(lambda: zombies() is None, 3, lambda: f"a zombie: {zombies()}")


def run(variant, context):
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWPID):
        case.skip("no right to make a PID namespace")
    pid = os.fork()
    if not pid:
        case.check(os.getpid() == 1, "not PID 1")
        _, error = case.outcome(use, context)
        if error is not None:
            print(repr(error), flush=True)
        os._exit(error is not None)
    case.check(os.waitpid(pid, 0)[1] == 0, "it did not hold in PID 1")


if __name__ == "__main__":
    case.main(run)
