"""Root 8. A test suite replaces the clocks in every loaded module (freezegun does), standing still or jumping, or a sleep that
raises.

What must hold: a pool does what it does without.
"""

import sys
import threading
import time

from tests.safepool.acceptance.cases import subject_case as case

real = time.monotonic


def rest(seconds):
    threading.Event().wait(seconds)


def replace(clocks):
    """In the module time, and in the namespace of every module that is not the standard library's own."""
    for name, clock in clocks.items():
        old = getattr(time, name)
        setattr(time, name, clock)
        for module in list(sys.modules.values()):
            if getattr(module, "__name__", "").startswith("safepool"):
                for attribute, value in list(vars(module).items()):
                    if value is old:
                        setattr(module, attribute, clock)


def run(variant, context):
    now = [1577836800.0]
    if variant == "sleep-raises":

        def sleep(seconds):
            raise RuntimeError("nobody sleeps in this test")

        clocks = {"sleep": sleep}
    else:
        if variant == "jump":

            def jump():
                while True:
                    now[0] += 3600
                    threading.Event().wait(0.01)

            threading.Thread(target=jump, daemon=True).start()
        clocks = dict.fromkeys(("time", "monotonic", "perf_counter"), lambda: now[0])
        clocks.update(dict.fromkeys(("time_ns", "monotonic_ns", "perf_counter_ns"), lambda: int(now[0] * 1e9)))
    import safepool.interfaces.executor
    import safepool.interfaces.pool

    replace(clocks)
    began = real()
    with safepool.Pool(2, context=context) as pool:
        case.check(pool.map_async(rest, [0.1] * 4).get(10) == [None] * 4, "wrong")
        case.check([pool.apply_async(case.same, (i,)).get(10) for i in range(6)] == list(range(6)), "wrong")
        _, error = case.outcome(pool.apply_async(case.die).get, 10)
        case.check(isinstance(error, safepool.WorkerDied), f"a death is answered by {error!r}")
        _, error = case.outcome(pool.options(timeout=0.3).apply_async(rest, (20,)).get, 8)
        case.check(isinstance(error, safepool.TaskTimeout), f"a timeout is answered by {error!r}")
        _, error = case.outcome(pool.options(timeout=60).apply_async(rest, (0.5,)).get, 8)
        case.check(error is None, f"half a second of a minute: {error!r}")
        pool.close()
        pool.join()
    with safepool.ProcessPoolExecutor(2, mp_context=context) as executor:
        case.check(list(executor.map(case.same, range(3), timeout=8)) == [0, 1, 2], "wrong")
    case.check(real() - began < 8, f"it took {real() - began:.1f} s")


if __name__ == "__main__":
    case.main(run)
