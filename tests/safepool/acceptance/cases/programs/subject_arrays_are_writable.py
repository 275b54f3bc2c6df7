"""Root 10. A read-only array goes to a worker that changes its copy in place; an array comes back and is resized.

What must hold: what the standard pool of this Python does. Needs numpy.
"""

import multiprocessing.pool

import safepool
from tests.safepool.acceptance.cases import subject_case as case


def flags(array):
    return array.flags.writeable, array.flags.owndata


def run(variant, context):
    try:
        import numpy
    except ImportError:
        case.skip("no numpy")
    array = numpy.frombuffer(bytes(8 * 100_000))
    got = []
    for kind in (multiprocessing.pool.Pool, safepool.Pool):
        with kind(1, context=context) as pool:
            got.append((pool.apply(flags, (array,)), flags(pool.apply(numpy.arange, (100_000,)))))
    case.check(got[0] == got[1], "(writable, owns its data), there and back: standard {}, ours {}".format(*tuple(got)))


if __name__ == "__main__":
    case.main(run)
