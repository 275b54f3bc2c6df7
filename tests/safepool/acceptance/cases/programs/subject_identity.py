"""Root 10. A number of each worker's own, from ``current_process()``: GPU numbers and scratch files hang on it.

What must hold: numbers and names are distinct, go on counting over replacements, and look as the standard pool's do.
"""

import multiprocessing
import os
import re

import safepool
from tests.safepool.acceptance.cases import subject_case as case


def who():
    process = multiprocessing.current_process()
    return process._identity, process.name, multiprocessing.parent_process().pid


def run(variant, context):
    with safepool.Pool(2, context=context, maxtasksperchild=1) as pool:
        seen = [pool.apply(who) for _ in range(6)]
    numbers = [identity[-1:] for identity, _, _ in seen]
    case.check(len(set(numbers)) == 6 and () not in numbers, f"identities: {[i for i, _, _ in seen]}")
    case.check(len({name for _, name, _ in seen}) == 6, f"names: {[name for _, name, _ in seen]}")
    case.check(
        all(re.match(r"\w+PoolWorker-\d+", name) for _, name, _ in seen), f"names: {[name for _, name, _ in seen]}"
    )
    case.check({pid for _, _, pid in seen} == {os.getpid()}, f"parents: {seen}")


if __name__ == "__main__":
    case.main(run)
