"""Root 6. The caller changes a large bytearray after ``submit()`` returned: it shrinks, grows, is cleared, or has other content.

What must hold: every call is answered, no task gets another task's bytes, and no worker dies of it.
"""

import safepool
from tests.safepool.acceptance.cases import subject_case as case

SIZE = 1 << 20


def content(data):
    return len(data), bytes(set(data))


def run(variant, context):
    pool = safepool.ProcessPoolExecutor(1, mp_context=context)
    pool.submit(case.same, 0).result(10)
    first = pool.submit(case.nap, 0.3)
    data = bytearray(b"B" * SIZE)
    changed, later = pool.submit(content, data), pool.submit(content, bytearray(b"C" * SIZE))
    if variant == "clear":
        data.clear()
    elif variant == "shrink":
        del data[100:]
    elif variant == "grow":
        data += b"D" * SIZE * 4
    else:
        data[:] = b"D" * SIZE
    answers = [case.outcome(future.result, 5) for future in (first, changed, later, pool.submit(case.same, 5))]
    case.check([error for _, error in answers] == [None] * 4, f"{answers}")
    case.check(answers[1][0][0] == SIZE and answers[1][0][1] in (b"B", b"D"), f"{answers}")
    case.check(answers[2][0] == (SIZE, b"C"), f"another task's bytes: {answers}")
    case.check(not pool.deaths, f"{pool.deaths}")
    pool.shutdown()


if __name__ == "__main__":
    case.main(run)
