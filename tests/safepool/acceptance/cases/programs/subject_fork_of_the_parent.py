"""Root 7. The program forks itself; the child ends or uses the parent's pool.

What must hold: the parent's tasks finish, no worker dies; in the child calls raise RuntimeError, and endings do nothing.
"""

import faulthandler
import os
import sys

import safepool
from tests.safepool.acceptance.cases import subject_case as case


def in_child(act):
    """``act()`` in a fork; returns its status. SystemExit leaves it the long way, through the interpreter's exit."""
    pid = os.fork()
    if pid:
        return os.waitpid(pid, 0)[1]
    faulthandler.dump_traceback_later(6, exit=True)
    try:
        act()
    except SystemExit:
        raise
    except BaseException as error:
        print(f"in the child: {error!r}", flush=True)
        os._exit(99)
    os._exit(0)


def use(pool, pending):
    for call in (lambda: pool.apply_async(case.same, (1,)), lambda: pool.map(case.same, [1]), pending.get):
        _, error = case.outcome(call)
        case.check(type(error) is RuntimeError, f"{error!r} in a fork")


def end(pool):
    pool.close()
    pool.terminate()
    pool.join()


def run(variant, context):
    pool = safepool.Pool(2, context=context)
    pool.map(case.same, range(4))
    pending = pool.map_async(case.nap, [0.5, 0.5], 1)
    act = {
        "with": lambda: sys.exit(0),
        "end": lambda: end(pool),
        "exit": lambda: sys.exit(0),
        "use": lambda: use(pool, pending),
    }[variant]
    if variant == "with":
        with pool:
            status = in_child(act)
            check_parent(pool, pending, status)
        return
    check_parent(pool, pending, in_child(act))
    pool.close()
    pool.join()


def check_parent(pool, pending, status):
    case.check(status == 0, f"the child ended with status {status}")
    values, error = case.outcome(pending.get, 8)
    case.check(values == [0.5, 0.5], f"the parent's call is answered by {error!r}")
    case.check(not pool.deaths, f"{pool.deaths}")


if __name__ == "__main__":
    case.main(run, forks=True)
