"""The kernel's OOM killer ends a worker: the real thing wherever a memory cgroup can be made."""

from __future__ import annotations

import os
import signal
import time

from .. import cell, events
from ..scenario import Scenario
from ..script import Script

#: How much a step of the allocation takes, in bytes.
STEP = 1 << 20


class Oom(Scenario):
    name = "oom"
    title = "the OOM killer ends a worker"
    dies = (
        "The worker, by SIGKILL from the kernel, because the memory cgroup that it is in has reached its limit. Where no "
        "memory cgroup can be made it sends itself the SIGKILL, and every table and record says simulated."
    )
    sees = (
        "multiprocessing.Pool: nothing, ever, while the log of the kernel tells. concurrent.futures: BrokenProcessPool for "
        "every task that is not finished, without a word about memory."
    )
    why = (
        "As for SIGKILL; and it is the most common SIGKILL of all. The evidence is not in the exit status but in the "
        "cgroup: memory.oom_control (v1) or memory.events (v2) count the kills."
    )
    where = (
        "mm/oom_kill.c in Linux; Documentation/admin-guide/cgroup-v1/memory.rst, cgroup-v2.rst (memory.events: oom_kill). "
        "CPython: as for SIGKILL."
    )
    instead = (
        "Limit what a task may use before the kernel does; use a pool that says which task it was: safepool does both."
    )
    references = ("gh-66587",)
    tags = ("memory", "signal", "quick")
    status = -signal.SIGKILL

    def script_here(self, oom_group: str | None, limit_file: str | None) -> Script:
        if oom_group is None:
            return Script(
                "os.kill(os.getpid(), signal.SIGKILL)  # what the OOM killer sends",
                note="Simulated: no memory cgroup can be made here.",
            )
        return Script(
            above=f'GROUP = "{oom_group}"  # a memory cgroup: needs the right to make one',
            fault="""
                open(GROUP + "/cgroup.procs", "w").write(str(os.getpid()))
                hoard = [b"x" * 2**20 for _ in iter(int, 1)]  # until the OOM killer comes
            """,
            prepare=f"""
                os.makedirs(GROUP, exist_ok=True)
                open(GROUP + "/{limit_file}", "w").write(str(64 * 2**20))
                atexit.register(os.rmdir, GROUP)
            """,
        )

    def fire(self) -> None:
        group = cell.current().oom_group
        if group is None:
            events.emit("fault-simulated")
            os.kill(os.getpid(), signal.SIGKILL)
            return
        with open(os.path.join(group, "cgroup.procs"), "w") as members:
            members.write(str(os.getpid()))
        hoard = []
        # The kernel decides when: the time of the last allocation that it granted is the time of the death.
        breath = os.open(cell.current().path("last-breath"), os.O_WRONLY | os.O_CREAT, 0o600)
        while True:
            hoard.append(b"x" * STEP)
            os.pwrite(breath, b"%020d" % time.monotonic_ns(), 0)


SCENARIO = Oom()
