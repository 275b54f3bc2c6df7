"""Control: nothing is wrong. If this does not hold, no other case says anything."""

import safepool
from tests.safepool.acceptance.cases import subject_case as case


def run(variant, context):
    with safepool.Pool(2, context=context) as pool:
        case.check(pool.map(case.same, range(100)) == list(range(100)), "wrong")
    with safepool.ProcessPoolExecutor(2, mp_context=context) as pool:
        case.check(list(pool.map(case.same, range(100))) == list(range(100)), "wrong")


if __name__ == "__main__":
    case.main(run)
