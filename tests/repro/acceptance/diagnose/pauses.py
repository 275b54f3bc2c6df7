"""How long ``repro diagnose`` takes to answer, and for how long it stops the program that it looks at: not at all.

``python -m tests.repro.acceptance.diagnose.pauses FILE [--times N] [--children N]``, as root

The program and its two workers each look at the clock a thousand times a second, before all others that want a processor
(SCHED_FIFO, sched(7)), and keep the longest time between two looks: however busy the machine is, that is what somebody has
stopped them for. Who asks comes before most others, too (SCHED_RR), as on a machine that has little else to do. FILE gets a line
for each time that the program is asked about, and for as many in which nobody asks.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.repro.acceptance.diagnose import asking

NOBODY_ASKS = "nobody asks"
#: So long nobody asks, in seconds.
QUIET = 2.0

PROGRAM = """
import ctypes, mmap, os, struct, subprocess, sys, time
from multiprocessing import get_context

def watch(number):
    ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG: nothing is left behind
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(2))
    with open("gaps", "r+b") as file:
        gaps = mmap.mmap(file.fileno(), 0)
    last = time.monotonic()
    while True:
        time.sleep(0.001)
        now = time.monotonic()
        if now - last > struct.unpack_from("d", gaps, 8 * number)[0]:
            struct.pack_into("d", gaps, 8 * number, now - last)
        last = now

if __name__ == "__main__":
    pool = get_context("fork").Pool(2)
    asked = pool.map_async(watch, [1, 2], 1)
    for _ in range(int(sys.argv[1])):
        subprocess.Popen(["sleep", "600"], close_fds=False)
    print("there", flush=True)
    watch(0)
"""


def measured(children: int, times: int) -> list[dict[str, Any]]:
    """A record of each time. children: so many more the program has, which only sleep."""
    from tests.repro import lab

    found = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "job.py").write_text(PROGRAM)
        (folder / "gaps").write_bytes(bytes(24))
        process = subprocess.Popen(
            [sys.executable, "job.py", str(children)], cwd=folder, stdout=subprocess.PIPE, start_new_session=True
        )
        try:
            assert process.stdout is not None
            process.stdout.readline()
            for _ in range(times):
                for mode in (NOBODY_ASKS, asking.WITH, asking.WITHOUT):
                    time.sleep(0.5)
                    (folder / "gaps").open("r+b").write(bytes(24))
                    told = {} if mode == NOBODY_ASKS else _asked(process.pid, mode)
                    if mode == NOBODY_ASKS:
                        time.sleep(QUIET)
                    gaps = struct.unpack("ddd", (folder / "gaps").read_bytes())
                    found.append({"mode": mode, "children": children, "gaps": [round(one, 4) for one in gaps], **told})
                    print(*found[-1].values(), flush=True)
        finally:
            lab.kill_session(process)
            process.stdout.close()
    return found


def _first() -> None:
    os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


def _asked(pid: int, mode: str) -> dict[str, Any]:
    """seconds: until the whole answer is there, Python's own start with it. cpu: what that has used of processors."""
    from tests.repro import lab

    code = "import sys; from repro import cli; sys.exit(cli.main(sys.argv[1:]))"
    if mode == asking.WITHOUT:
        code = f"from repro.tree import native; native.tool = lambda: None; {code}"
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code, "diagnose", str(pid), "--format", "json"],
        cwd=lab.ROOT,
        env=lab.environment(),
        stdout=subprocess.PIPE,
        preexec_fn=_first,
        check=False,
    )
    seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    answer = json.loads(done.stdout)
    told = {"diagnosis": answer["diagnosis"], "took": answer["took"]}
    return {**told, "seconds": round(seconds, 2), "cpu": round(cpu, 2), "load": round(os.getloadavg()[0], 1)}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--children", type=int, action="append", default=[])
    told = parser.parse_args(arguments)
    with told.file.open("a") as file:
        for children in told.children or [0]:
            for record in measured(children, told.times):
                file.write(json.dumps(record) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
