"""Root 4. A StopIteration escapes from a task of an iterator.

What must hold: it comes as RuntimeError with the StopIteration as its cause, and the other results arrive; ``map`` raises it as
it is.
"""

import safepool
from tests.safepool.acceptance.cases import subject_case as case


def stop_at_three(x):
    if x == 3:
        next(iter(()))
    return x


def run(variant, context):
    with safepool.Pool(2, context=context) as pool:
        if variant == "map":
            _, error = case.outcome(pool.map, stop_at_three, range(8))
            case.check(type(error) is StopIteration, f"{error!r}")
            return
        iterator = getattr(pool, variant)(stop_at_three, range(8))
        answers = [case.outcome(iterator.next, 5) for _ in range(8)]
    errors = [error for _, error in answers if error is not None]
    values = sorted(value for value, error in answers if error is None)
    case.check(values == [0, 1, 2, 4, 5, 6, 7], f"{answers}")
    case.check(type(errors[0]) is RuntimeError and type(errors[0].__cause__) is StopIteration, f"{errors}")


if __name__ == "__main__":
    case.main(run)
