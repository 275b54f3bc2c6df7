"""Root 6. A message is larger than the address space of who must hold it: an argument of a worker's, a result of the parent's.

What must hold: that task fails with an error of its own, others go on, and workers do not die again and again. That task is the
one item, where it travels with others: these come, if each by itself is small enough, however large they are together.
"""

import pickle
import resource

import safepool
from tests.safepool.acceptance.cases import subject_case as case

BIG = 400 << 20


def limit(room):
    space = (case.status("VmSize") << 10) + room
    resource.setrlimit(resource.RLIMIT_AS, (space, resource.RLIM_INFINITY))


def make(size):
    return bytes(size)


class Buffer:
    """Its bytes are a buffer of their own in the message (PEP 574)."""

    def __init__(self, data):
        self.data = data

    def __len__(self):
        return len(self.data)

    def __reduce_ex__(self, protocol):
        return Buffer, (pickle.PickleBuffer(self.data),)


def in_chunks(variant, context):
    """Items of 1 byte, of 120 MB, which are too much together, and one that is too much by itself."""
    kind = Buffer if variant == "buffers" else bytes
    sizes = [1, 120 << 20, BIG, 120 << 20, 2, 120 << 20]
    items = [kind(bytes(size)) for size in sizes]
    pool = safepool.Pool(2, limit, (380 << 20,), context=context)
    if variant == "imap":
        found = list(pool.imap(len, items, len(items), return_exceptions=True))
    else:
        found = pool.map(len, items, len(items), return_exceptions=True)
    error = found[2]
    case.check(isinstance(error, safepool.UnpickleFailed) and "bytes that came with it" in str(error), f"{error!r}")
    digits = [int(word) for word in str(error).split() if word.isdigit()]
    case.check(any(BIG <= number < BIG + 1000 for number in digits), f"the size is not in {error}")
    case.check(found[:2] + found[3:] == sizes[:2] + sizes[3:], f"{found}")
    case.check(not pool.deaths, f"{pool.deaths}")
    pool.close()
    pool.join()


def run(variant, context):
    if variant not in ("argument", "result"):
        in_chunks(variant, context)
        return
    worker = variant == "argument"
    initializer, arguments = (limit, (300 << 20,)) if worker else (None, ())
    pool = safepool.ProcessPoolExecutor(2, context, initializer, arguments)
    case.check(pool.submit(case.same, 1).result(10) == 1, "wrong")
    if worker:
        big = pool.submit(len, bytes(BIG))
    else:
        limit(200 << 20)
        big = pool.submit(make, BIG)
    small = [case.outcome(pool.submit(case.same, i).result, 8) for i in range(4)]
    case.check(small == [(i, None) for i in range(4)], f"{small}")
    _, error = case.outcome(big.result, 8)
    case.check(isinstance(error, (MemoryError, safepool.WorkerDied, safepool.UnpickleFailed)), f"{error!r}")
    case.check(len(pool.deaths) <= 3, f"{len(pool.deaths)} deaths")
    case.check(pool.submit(case.same, 7).result(8) == 7, "wrong")
    pool.shutdown()


if __name__ == "__main__":
    case.main(run)
