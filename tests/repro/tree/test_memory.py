"""Memory, and whom the OOM killer has ended."""

from __future__ import annotations

import os

import pytest

from repro.tree import memory, processes
from repro.tree.memory import Kill

LOG = [
    "6,1,5000000,-;python invoked oom-killer: gfp_mask=0xcc0",
    "6,2,90000000,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),oom_memcg=/a,task_memcg=/a/b,task=python,pid=4711,uid=0",
    "3,3,90000100,-;Memory cgroup out of memory: Killed process 4711 (python) total-vm:99kB, anon-rss:2048kB, file-rss:1kB",
    "3,4,10000000,-;Out of memory: Killed process 12 (old) total-vm:99kB",
    "6,5,91000000,-;usb 1-1: new device",
]


def test_kills_are_read_with_their_group_and_time() -> None:
    """Those that are older than the program are left out."""
    assert memory.kills_in(LOG, 100.0, 50.0) == [Kill(4711, "python", 10.0, 2 << 20, "/a/b")]
    assert [kill.pid for kill in memory.kills_in(LOG, 100.0, 95.0)] == [4711, 12]


def test_of_many_kills_the_programs_own_are_kept() -> None:
    """A machine that is full has ended thousands of others since."""
    own, others = LOG[1:3], [f"3,9,{91_000_000 + number},-;Killed process {number} (other)" for number in range(50)]
    found = memory.kills_in([*own, *others], 100.0, 50.0, "/a")
    assert [one.pid for one in found] == [4711, *range(50 - memory.KILLS + 1, 50)]
    assert 4711 not in [one.pid for one in memory.kills_in([*own, *others], 100.0, 50.0, "/")]


def test_which_cgroup_it_is() -> None:
    """That of version 1 where memory is in that one."""
    assert memory.group_in("4:cpu,memory:/a:b\n0::/\n") == "/a:b"
    assert memory.group_in("1:name=systemd:/x\n0::/c\n") == "/c"
    assert memory.group_in("") == ""


def test_what_a_cgroup_keeps_of_files_is_not_used_up() -> None:
    """In each version, with what is below it; it is given away for the asking."""
    assert memory.file_pages("anon 7\ninactive_file 4096\nactive_file 8192\n", two=True) == 12288
    one = "inactive_file 1\nactive_file 1\ntotal_inactive_file 4096\ntotal_active_file 8192\n"
    assert memory.file_pages(one, two=False) == 12288
    assert memory.file_pages("", two=True) == 0


@pytest.mark.skipif(not processes.LINUX, reason="only Linux tells")
def test_of_a_living_process() -> None:
    """There is some memory free, and either a log, or a reason why it can't be read."""
    found = memory.of(os.getpid(), 1.0)
    assert found.free
    assert found.no_log == "" or "kernel's log" in found.no_log
