"""Root 4. The unpickling of a result that needs its worker alive asks the pool for another such result, and that for a third.

What must hold: they all arrive. They are unpickled when they come, each by a thread that may have to wait for the next; and so do
results that come while that thread waits for something else, which is none of the pool's business.
"""

import multiprocessing
import threading

import safepool
from tests.safepool.acceptance.cases import subject_case as case

pool = None  # the parent's
gate = threading.Event()


class Asking:
    """Travels with a connection; asks for ``depth`` more when it arrives."""

    def __init__(self, depth, how):
        self.depth = depth
        self.how = how

    def __setstate__(self, state):
        self.__dict__.update(state)
        if self.how == "waits":
            case.check(gate.wait(10), "nothing came meanwhile")
        elif self.depth:
            self.found = ask(self.how, self.depth - 1)


def connection(depth, how):
    ours, theirs = multiprocessing.Pipe()
    theirs.send(depth)
    return ours, Asking(depth, how)


def ask(how, depth):
    if how == "apply":
        return pool.apply(connection, (depth, how))
    if how == "imap":
        return next(pool.imap(connection_of, [(depth, how)]))
    return pool.submit(connection, depth, how).result()


def connection_of(pair):
    return connection(*pair)


def run(variant, context):
    global pool
    pool = safepool.ProcessPoolExecutor(1, context) if variant == "submit" else safepool.Pool(2, context=context)
    if variant == "waits":
        first = pool.apply_async(connection, (0, variant))
        case.check(pool.apply(connection, (0, "-"))[0].recv() == 0, "wrong")
        gate.set()
        case.check(first.get(10)[0].recv() == 0, "wrong")
    else:
        several = [threading.Thread(target=check, args=(variant,)) for _ in range(3)]
        for thread in several:
            thread.start()
        for thread in several:
            thread.join()
        case.check(len(checked) == 3, "one of them failed")
    if variant == "submit":
        pool.shutdown()
    else:
        pool.close()
        pool.join()


checked = []


def check(variant):
    found, depths = ask(variant, 3), []
    while found is not None:
        depths.append(found[0].recv())
        found = getattr(found[1], "found", None)
    case.check(depths == [3, 2, 1, 0], f"{depths}")
    checked.append(depths)


if __name__ == "__main__":
    case.main(run)
