"""Judges ended.py: check.py NAME FOLDER. The last line says what came of it."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from multiprocessing import get_context
from typing import Callable

sys.path.insert(0, sys.argv[2])

from ended import wait_for_end

STATUS = 3
#: How long a call may take that has nothing to wait for, in seconds.
SOON = 3.0


def ends() -> None:
    os._exit(STATUS)


def leaves_a_helper() -> None:
    if os.fork() == 0:
        time.sleep(60)
    os._exit(STATUS)


def sleeps() -> None:
    time.sleep(60)


def until_ended(pid: int) -> None:
    """Leaves the status where it is."""
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def stop(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT)


def let_it_run(pid: int) -> None:
    pass


#: What the process does, what is done to it before the call, the timeout, what has to be said, and the finding where it is not.
CHECKS: dict[str, tuple[Callable[[], None], Callable[[int], None], float, bool, str]] = {
    "ended-long-ago": (ends, until_ended, 1.0, True, "zombie"),
    "helper": (leaves_a_helper, until_ended, 60.0, True, "pipe"),
    "runs": (sleeps, let_it_run, 0.3, False, "says-ended"),
    "stopped": (sleeps, stop, 0.3, False, "stopped"),
}


def judge(name: str) -> str:
    """What came of a check, as its last line says it."""
    target, before, timeout, wanted, wrong = CHECKS[name]
    process = get_context("fork").Process(target=target)
    process.start()
    before(process.pid or 0)
    said: list[object] = []
    thread = threading.Thread(target=lambda: said.append(wait_for_end(process, timeout)), daemon=True)
    thread.start()
    thread.join(SOON)
    if thread.is_alive():
        return f"finding: {'pipe' if wanted else 'no-timeout'} {SOON:g} seconds after the call it has not returned"
    if not said:
        return "finding: ended the function raised an exception"
    if said != [wanted]:
        return f"finding: {wrong} {wanted} was to come, and it was {said[0]!r:.60}"
    if wanted and process.exitcode != STATUS:
        return f"finding: status-taken the exit status was {STATUS}, and process.exitcode is {process.exitcode}"
    return "holds"


if __name__ == "__main__":
    print(judge(sys.argv[1]), flush=True)
    os._exit(0)  # nobody waits for what the answer left behind
