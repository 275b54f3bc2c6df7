"""Root 10. Shared memory that is made after the pool, and attached in workers, which end.

What must hold: the segment is there until the parent unlinks it, and the resource tracker says nothing.
"""

import multiprocessing
import subprocess
import sys
import time
from multiprocessing import shared_memory

import safepool
from tests.safepool.acceptance.cases import subject_case as case


def attach(name, i):
    segment = shared_memory.SharedMemory(name)
    segment.buf[i] = i + 1
    segment.close()


def use(variant, context):
    pool = safepool.Pool(2, context=context, maxtasksperchild=1 if variant == "recycled" else None)
    segment = shared_memory.SharedMemory(create=True, size=100)
    for i in range(6):
        pool.apply(attach, (segment.name, i))
    pool.close()
    pool.join()
    time.sleep(0.5)  # for a tracker that would unlink it: it acts when the last worker has ended
    second, error = case.outcome(shared_memory.SharedMemory, segment.name)
    case.check(error is None, f"the segment is gone: {error!r}")
    case.check(bytes(second.buf[:6]) == bytes(range(1, 7)), "wrong")
    second.close()
    segment.close()
    segment.unlink()


def run(variant, context):
    command = [sys.executable, __file__, variant, context.get_start_method()]
    said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    case.check(said.returncode == 0 and b"resource_tracker" not in said.stdout, said.stdout.decode()[-1500:])


if __name__ == "__main__":
    if len(sys.argv) == 3:
        use(sys.argv[1], multiprocessing.get_context(sys.argv[2]))
    else:
        case.main(run)
