"""Root 8. A pool of 400 whose template starts slowly: more requests than its socket holds.

What must hold: it is made, and ended.
"""

import safepool
from tests.safepool.acceptance.cases import subject_case as case


def run(variant, context):
    pool = safepool.Pool(400, context=context)
    pool.terminate()
    pool.join()


if __name__ == "__main__":
    case.main(run)
