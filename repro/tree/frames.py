"""Python stacks with local variables by py-spy (github.com/benfred/py-spy), where the extra ``[stacks]`` is installed: of a
program that is somebody else's, and goes on meanwhile.

With ``--nonblocking`` py-spy reads a process's memory and never stops it. Of a thread that waits, nothing changes while it is
read; of one that runs, the frames may not fit together, and an error, or nonsense, is what one gets: who asks looks at what ran.
It takes some 25 ms for a process, and reads CPython 2.7 and 3.3 to 3.15. Reading needs the right to trace the process
(ptrace(2)).
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from repro.subject.cell import DIRECTORY
from repro.tree import native

#: How many processes are asked at the same time: each is one that reads, and most of its time it waits for the disk.
AT_ONCE = 3
#: How often a process is asked at most.
ATTEMPTS = 4
#: The most that is read of one answer, in bytes. A deep recursion with its locals has some hundred kilobytes.
MOST = 16 << 20

#: What stands in place of a stack that there was no time for.
NO_TIME = "there was no time to ask it"


def of(pids: Sequence[int], path: str, within: float) -> dict[int, list[dict[str, Any]] | str]:
    """The threads of each process as py-spy tells them (its JSON), or a text that says why there are none.

    pids: in the order in which they are asked. path: py-spy's. within: for all, in seconds.
    """
    deadline = time.monotonic() + within
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return dict(zip(pids, threads.map(lambda pid: _one(pid, path, deadline), pids), strict=True))


def _one(pid: int, path: str, deadline: float) -> list[dict[str, Any]] | str:
    """Asked again where what it reads has moved meanwhile: of a thread that never stops, the next look may be a better one."""
    answer: list[dict[str, Any]] | str = NO_TIME
    for _ in range(ATTEMPTS):
        left = deadline - time.monotonic()
        if left <= 0:
            break
        answer = _once(pid, path, left)
        if not isinstance(answer, str) or not _moved(answer):
            break
    return answer


def _moved(reason: str) -> bool:
    """Whether memory was no longer where it had been said to be (process_vm_readv(2): EFAULT), or made no sense."""
    return "os error 14" in reason or "Failed to" in reason


def _once(pid: int, path: str, left: float) -> list[dict[str, Any]] | str:
    environment = {name: value for name, value in os.environ.items() if name != DIRECTORY}
    try:
        ran = subprocess.run(
            [path, "dump", "--nonblocking", "--json", "--locals", "--full-filenames", "--pid", str(pid)],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=left,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"py-spy did not answer within {left:.1f} s"
    except OSError as error:
        return f"py-spy could not be started: {error.strerror}"
    return threads_in(ran.stdout, ran.stderr.decode("utf-8", "replace"), ran.returncode)


def threads_in(answer: bytes, errors: str, status: int) -> list[dict[str, Any]] | str:
    """What py-spy has answered: its threads, or why there are none. A pure function."""
    if status:
        reason = native.reason(errors, status)
        return f"py-spy: {reason.partition(': Try running again')[0]}"  # its advice is for a terminal of its own
    try:
        threads = json.loads(answer[:MOST].decode("utf-8", "replace"))
    except ValueError as error:
        return f"py-spy's answer can't be read: {error}"
    if not isinstance(threads, list) or not all(
        isinstance(one, Mapping) and isinstance(one.get("frames"), list) for one in threads
    ):
        return "py-spy's answer has another form than is known"
    return threads
