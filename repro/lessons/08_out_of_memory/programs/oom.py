from __future__ import annotations

import resource
from multiprocessing import get_context


def limit(kind: str) -> None:
    if kind == "address space":
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))


def worker(number: int) -> int:
    print("input", number, flush=True)
    if number == 3:
        return len(b"x" * (2 << 30))
    return number


if __name__ == "__main__":
    with get_context("fork").Pool(3, limit, ["cgroup"]) as pool:
        print(pool.map(worker, [1, 2, 3]), flush=True)
