"""Root 10. Objects whose pickling hands over a buffer, where the protocol allows it, go to a worker and come back.

What must hold: each arrives as the type, and as changeable, as from the standard pool of this Python; and where that one refuses
to pickle a buffer, it arrives as bytes or as a bytearray.
"""

import array
import multiprocessing.pool
import pickle

import safepool
from tests.safepool.acceptance.cases import subject_case as case

SIZES = (8, 1 << 15, 1 << 20, 3 << 20)  # in the pickle, beside it, and more than an arena holds


class Asks:
    """As the documentation of ``pickle`` has it: by protocol 5 a buffer, else its bytes."""

    def __init__(self, data):
        self.data = data

    def __reduce_ex__(self, protocol):
        if protocol >= 5:
            return type(self), (pickle.PickleBuffer(self.data),)
        return type(self), (bytes(self.data),)


class Changeable(bytearray):
    """As there, too: a subclass of ``bytearray``."""

    def __reduce_ex__(self, protocol):
        if protocol >= 5:
            return type(self)._made, (pickle.PickleBuffer(self),)
        return type(self)._made, (bytearray(self),)

    @classmethod
    def _made(cls, data):
        made = cls(data)
        made.made_of = type(data)
        return made


class Bold:
    """Asks nothing."""

    def __init__(self, data):
        self.data = data

    def __reduce__(self):
        return type(self), (pickle.PickleBuffer(self.data),)


def what(value):
    """The type that a value has arrived as, whether it can be changed, and how long it is."""
    made_of = getattr(value, "made_of", None)
    data = getattr(value, "data", value)
    return type(data).__name__, made_of, memoryview(data).readonly, memoryview(data).nbytes


def back(value):
    return value


def sources(size):
    yield "bytes", bytes(size)
    yield "bytearray", bytearray(size)
    yield "view of bytes", memoryview(bytes(size))
    yield "view of a bytearray", memoryview(bytearray(size))
    yield "read-only view of a bytearray", memoryview(bytearray(size)).toreadonly()
    yield "array.array", array.array("d", bytes(size))
    try:
        import numpy
    except ImportError:
        return
    # By protocol 5, a read-only array's buffer is beside the pickle, whoever hands it over: then it is a view that arrives.
    for writeable in (True, False)[: 2 if pickle.DEFAULT_PROTOCOL < 5 else 1]:
        values = numpy.zeros(size // 8)
        values.flags.writeable = writeable
        yield f"array of numpy, writeable: {writeable}", values


def values():
    for size in SIZES:
        for name, data in sources(size):
            yield name, size, Asks(data), True
            yield name, size, Bold(data), False
        yield "a bytearray's subclass", size, Changeable(size), True
        yield "itself", size, bytearray(size), True


def arrived(pool, value):
    return [what(one) for one in (pool.apply(back, (value,)), *pool.map(back, [value] * 2, 2))] + [
        pool.apply(what, (value,)),
        *pool.map(what, [value] * 2, 2),
    ]


def run(variant, context):
    with multiprocessing.pool.Pool(1, context=context) as theirs, safepool.Pool(1, context=context) as ours:
        for name, size, value, always in values():
            kind = f"{type(value).__name__} of {size} bytes of {name}"
            mine = arrived(ours, value)
            try:
                there = arrived(theirs, value)
            except pickle.PicklingError:
                case.check(not always, kind + ": the standard pool refuses it")
                there = ["bytes" if memoryview(value.data).readonly else "bytearray"] * len(mine)
                mine = [found[0] for found in mine]
            case.check(mine == there, f"{kind}: standard {there}, ours {mine}")


if __name__ == "__main__":
    case.main(run)
