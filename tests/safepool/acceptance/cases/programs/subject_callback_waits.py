"""Root 4. A callback (or ``on_death``, or a done-callback) waits for a map of the same pool; a worker dies in the middle of its
chunk.

What must hold: the map ends, with one failed item, and so does the callback.
"""

import threading

import safepool
from tests.safepool.acceptance.cases import subject_case as case


def die_at_two(x):
    if x == 2:
        case.die()
    return x


def run(variant, context):
    done = threading.Event()
    got = []
    pool = None

    def wait_for_a_map(*_):
        if not got:
            got.append(None)
            got[:] = pool.map(die_at_two, range(10), chunksize=5, return_exceptions=True)
            done.set()

    if variant == "done-callback":
        pool = safepool.ProcessPoolExecutor(2, mp_context=context)
        made = pool.map

        def as_list(*args, **options):
            return list(made(*args, **options))

        pool.map = as_list
        pool.submit(case.same, 1).add_done_callback(wait_for_a_map)
    elif variant == "on_death":
        pool = safepool.Pool(2, context=context, on_death=wait_for_a_map)
        pool.apply_async(case.die)
    else:
        pool = safepool.Pool(2, context=context)
        pool.apply_async(case.same, (1,), callback=wait_for_a_map)
    case.check(done.wait(6), "the callback still waits")
    failed = [i for i, value in enumerate(got) if isinstance(value, safepool.WorkerDied)]
    case.check(failed == [2] and len(got) == 10, f"{got}")
    if variant == "done-callback":
        pool.shutdown()
    else:
        pool.terminate()


if __name__ == "__main__":
    case.main(run)
