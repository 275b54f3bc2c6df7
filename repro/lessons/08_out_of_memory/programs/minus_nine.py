from __future__ import annotations

import os
import resource
import signal
import sys
from multiprocessing import get_context


def takes_memory() -> None:
    b"x" * (2 << 30)


def takes_time() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
    while True:
        pass


def ends_itself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def exits() -> None:
    sys.exit(-9)


def oom_kills() -> int:
    """How often the OOM killer has struck in the memory cgroup of this process."""
    with open("/proc/self/cgroup") as groups:
        for line in groups:
            _number, controllers, path = line.strip().split(":", 2)
            for file in (f"/sys/fs/cgroup{path}/memory.events", f"/sys/fs/cgroup/memory{path}/memory.oom_control"):
                if controllers in ("", "memory") and os.path.exists(file):
                    with open(file) as counters:
                        return {name: int(value) for name, value in map(str.split, counters)}["oom_kill"]
    return 0


if __name__ == "__main__":
    for task in (takes_memory, takes_time, ends_itself):
        before = oom_kills()
        process = get_context("fork").Process(target=task)
        process.start()
        process.join()
        print(task.__name__, "exit code", process.exitcode, "OOM kills", oom_kills() - before, flush=True)
