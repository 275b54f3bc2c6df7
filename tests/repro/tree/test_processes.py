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


def test_some_are_those_that_are_there() -> None:
    """All of them are every process; a number that nobody has is none."""
    assert os.getpid() in processes.numbers()
    assert set(processes.some([os.getpid(), 1 << 22])) == {os.getpid()}


@pytest.mark.skipif(not processes.LINUX or os.geteuid() != 0, reason="needs root, to become somebody else")
def test_the_status_of_somebody_elses_zombie_is_not_zero_but_unknown() -> None:
    """The kernel shows 0 to those who may not know."""
    victim = os.fork()
    if victim == 0:
        os._exit(0)
    os.waitid(os.P_PID, victim, os.WEXITED | os.WNOWAIT)
    reader = os.fork()
    if reader == 0:
        os.setuid(65534)
        os._exit(0 if processes.some([victim])[victim].exit_status is None else 1)
    assert processes.some([victim])[victim].exit_status == 0
    assert os.waitpid(reader, 0)[1] == 0
    os.waitpid(victim, 0)


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
