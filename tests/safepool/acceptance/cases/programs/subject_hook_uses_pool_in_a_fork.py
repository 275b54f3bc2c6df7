"""Root 7. A hook of ``os.register_at_fork``, older than safepool, uses the parent's pool in the child of a fork.

What must hold: it is told, or nothing happens, and it waits for nothing; the parent's tasks come, no worker dies. The hook runs
before most others, and while threads of the parent may have had any lock of the pool's.
"""

import asyncio
import concurrent.futures
import faulthandler
import os
import threading

from tests.safepool.acceptance.cases import subject_case as case

act = None
said = []


def hook():
    if act is not None:
        faulthandler.dump_traceback_later(6, exit=True)
        said.append(case.outcome(act))


os.register_at_fork(after_in_child=hook)


def told(*calls):
    for call in calls:
        _, error = case.outcome(call)
        case.check(type(error) is RuntimeError and "fork" in str(error), f"{error!r} in a fork")


def calls(pool, pending):
    told(
        lambda: pool.apply_async(case.same, (1,)),
        lambda: pool.map(case.same, [1]),
        lambda: list(pool.imap(case.same, [1])),
        pending.get,
    )


def end(pool, _pending):
    pool.close()
    pool.terminate()
    pool.join()


async def wrapped(future):
    await asyncio.wrap_future(future)


def futures(executor, pending, done):
    told(
        lambda: executor.submit(case.same, 1),
        pending.result,
        lambda: concurrent.futures.wait([done, pending]),
        lambda: list(concurrent.futures.as_completed([done, pending])),
        lambda: pending.add_done_callback(print),
        lambda: asyncio.run(wrapped(pending)),
    )
    case.check(list(concurrent.futures.as_completed([done])) == [done], "what is done is done")
    case.check(done.result() == 1, "wrong")


def fork():
    """In the child only the hook has anything to do."""
    global act
    pid = os.fork()
    if not pid:
        for _, error in said:
            if error is not None:
                print(f"in the child: {error!r}", flush=True)
        os._exit(0 if [error for _, error in said] == [None] else 1)
    act = None
    case.check(os.waitpid(pid, 0)[1] == 0, "the hook failed in the child")


def run(variant, context):
    import safepool  # after the hook

    global act
    if variant == "futures":
        pool = safepool.ProcessPoolExecutor(2, context)
        done = pool.submit(case.same, 1)
        concurrent.futures.wait([done])
        pending = pool.submit(case.nap, 0.5)
        waits = threading.Thread(target=concurrent.futures.wait, args=([pending],))
        waits.start()
        act = lambda: futures(pool, pending, done)  # noqa: E731
        fork()
        waits.join()
        case.check(pending.result(8) == 0.5, "wrong")
        case.check(pool.submit(case.same, 7).result(8) == 7, "wrong")
        case.check(not pool.deaths, f"{pool.deaths}")
        pool.shutdown()
        return
    pool = safepool.Pool(2, context=context)
    pool.map(case.same, range(4))
    pending = pool.map_async(case.nap, [0.5, 0.5], 1)
    use = {"calls": calls, "end": end}[variant]
    act = lambda: use(pool, pending)  # noqa: E731
    fork()
    case.check(pending.get(8) == [0.5, 0.5], "wrong")
    case.check(pool.map(case.same, range(4)) == [0, 1, 2, 3], "wrong")
    case.check(not pool.deaths, f"{pool.deaths}")
    pool.close()
    pool.join()


if __name__ == "__main__":
    case.main(run, forks=True)
