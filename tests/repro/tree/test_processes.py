"""``processes``: who has ended and is ours to collect is collected."""

from __future__ import annotations

import os
import threading
from dataclasses import replace

import pytest

from repro.tree import processes


def test_an_orphan_is_collected_whose_parent_was_there_when_it_was_looked_at() -> None:
    """By then that parent has ended, and it is our child: the kernel knows, the look does not."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    seen = processes.scan()[pid]
    assert seen.zombie
    processes.reap([replace(seen, parent=1)])
    with pytest.raises(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def test_who_is_not_ours_is_left() -> None:
    """As is who has not ended."""
    everyone = processes.scan()
    processes.reap([everyone[1], everyone[os.getpid()]])
    assert os.getpid() in processes.scan()


@pytest.mark.skipif(not processes.LINUX, reason="only Linux tells the state of a thread")
def test_who_could_run_is_told_from_who_waits_for_somebody() -> None:
    """This thread runs while it looks; another one waits for a lock."""
    held = threading.Lock()
    with held:
        thread = threading.Thread(target=lambda: held.acquire() and held.release())
        thread.start()
        while (os.getpid(), thread.native_id) in (found := processes.ready([os.getpid()])):
            os.sched_yield()
    thread.join()
    assert (os.getpid(), threading.get_native_id()) in found
