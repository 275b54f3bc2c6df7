"""Root 5. The number of processes is limited, and the limit comes and goes, while workers die.

What must hold: every call is answered; within 10 s after the limit is gone the pool works, with all its workers, or says that
it is broken. Needs root and a pids cgroup.
"""

import os
import random
import threading
import time
import traceback

import safepool
from tests.safepool.acceptance.cases import subject_case as case

SECONDS = 12.0


def write(path, text):
    with open(path, "w") as file:
        file.write(str(text))


def run(variant, context):
    mount = next((path for path in ("/sys/fs/cgroup/pids", "/sys/fs/cgroup") if os.path.isdir(path)), "")
    group = f"{mount}/safepool-case-{os.getpid()}"
    try:
        os.mkdir(group)
        write(group + "/cgroup.procs", os.getpid())
        write(group + "/pids.max", "max")
    except OSError as error:
        case.skip(f"no pids cgroup: {error}")
    try:
        chance = random.Random(1)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            one_round(group, chance, context)
    except BaseException:
        traceback.print_exc()
        os._exit(1)  # its processes are in the cgroup: the session's end kills them
    finally:
        write(group + "/pids.max", "max")
        write(mount + "/cgroup.procs", os.getpid())
    case.until(lambda: case.outcome(os.rmdir, group)[1] is None, 5, "the cgroup is not empty")


def one_round(group, chance, context):
    write(group + "/pids.max", "max")
    pool = safepool.Pool(2, context=context)
    pool.map(case.same, range(4))
    stop = threading.Event()

    def limit():
        while not stop.is_set():
            with open(group + "/pids.current") as file:
                now = int(file.read())
            write(group + "/pids.max", max(1, now - chance.choice((0, 1, 1, 2))))
            stop.wait(chance.random() * 0.15)
            write(group + "/pids.max", chance.choice(("max", now + 1)))
            stop.wait(chance.random() * 0.05)

    thread = threading.Thread(target=limit)
    thread.start()
    asked = []
    for _ in range(30):
        asked.append(pool.apply_async(case.die) if chance.random() < 0.5 else pool.apply_async(case.same, (1,)))
        time.sleep(chance.random() * 0.04)
    stop.set()
    thread.join()
    write(group + "/pids.max", "max")
    asked.append(pool.apply_async(case.same, (2,)))
    late = time.monotonic() + 10
    errors = []
    for result in asked:
        result.wait(max(0.1, late - time.monotonic()))
        case.check(result.ready(), f"no answer 10 s after the limit is gone; workers: {pool.workers}")
        errors.append(case.outcome(result.get)[1])
    if not any(isinstance(error, safepool.PoolBroken) for error in errors):
        case.until(lambda: len([w for w in pool.workers if w.pid]) == 2, 10, lambda: f"workers: {pool.workers}")
    pool.terminate()
    pool.join()


if __name__ == "__main__":
    case.main(run)
