"""Root 8. The program lives under RLIMIT_FSIZE, or memfd is forbidden (a container), or its address space is counted.

What must hold: a pool works; sixteen workers cost less than 1 MB of address space each.
"""

import os
import resource

import safepool
from tests.safepool.acceptance.cases import subject_case as case


def run(variant, context):
    if variant == "fsize":
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    elif variant == "memfd":

        def forbidden(*args):
            raise PermissionError(1, "Operation not permitted")

        os.memfd_create = forbidden
    if variant == "address-space":
        grown = {}
        for size in (1, 17):
            before = case.status("VmSize")
            pool = safepool.Pool(size, context=context)
            pool.map(case.same, range(64))
            grown[size] = case.status("VmSize") - before
            pool.terminate()
        each = (grown[17] - grown[1]) / 16
        case.check(each < 1024, f"{each:.0f} KiB of address space for each worker")
        return
    with safepool.Pool(2, context=context) as pool:
        case.check(pool.map_async(case.same, range(100)).get(10) == list(range(100)), "wrong")


if __name__ == "__main__":
    case.main(run)
