"""Root 7. A task forks, and its child returns from the task as well.

What must hold: the child answers nothing and runs nothing more: each item runs in one process, and each value is right.
"""

import os

import safepool
from tests.safepool.acceptance.cases import subject_case as case


def work(item):
    number, log = item
    if number == 1:
        os.fork()
    fd = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(fd, b"%d\n" % number)
    os.close(fd)
    return number, os.getpid()


def run(variant, context):
    log = os.path.abspath("log")
    pool = safepool.Pool(1, context=context)
    chunk = {"chunk": 400, "single": 1}[variant]
    values = pool.map_async(work, [(i, log) for i in range(400)], chunk).get(10)
    case.check([number for number, _ in values] == list(range(400)), f"{values}")
    case.check(len({pid for _, pid in values}) == 1, "answers of two processes")
    pool.close()
    pool.join()
    with open(log) as file:
        ran = [int(line) for line in file]
    case.check(
        all(ran.count(i) == 1 for i in range(2, 400)), f"twice: {[i for i in range(2, 400) if ran.count(i) != 1]}"
    )


if __name__ == "__main__":
    case.main(run)
