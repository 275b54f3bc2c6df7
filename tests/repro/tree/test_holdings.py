"""What a tree holds, and for what its threads wait: seen of processes that really wait."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from repro.observation import Holding, Wait
from repro.tree import holdings, processes
from tests.repro import lab

pytestmark = pytest.mark.skipif(
    not (processes.LINUX and holdings._CALLS),
    reason="only Linux tells, and only of machines whose system calls are known",
)

SLEEPS_IN_A_THREAD = """
import os, sys, threading
threading.Thread(target=os.read, args=(int(sys.argv[1]), 1)).start()
os.read(int(sys.argv[2]), 1)
"""


@contextmanager
def waiting(program: str, *descriptors: int) -> Iterator[int]:
    """A process that inherits these descriptors, and whose program waits for them."""
    command = [sys.executable, "-c", program, *map(str, descriptors)]
    with subprocess.Popen(command, pass_fds=descriptors, stdin=subprocess.DEVNULL) as process:
        try:
            yield process.pid
        finally:
            process.kill()


def seen(pid: int, threads: int) -> Holding:
    """What is seen of a process, as soon as so many of its threads wait for something that others can see."""
    deadline = time.monotonic() + lab.DEADLINE
    while True:
        (found,) = holdings.take([processes.scan()[pid]])
        if len(found.threads) == threads:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.01)


def test_each_thread_is_told_with_its_descriptor() -> None:
    """Two threads that read two pipes: who is who is in the record; the words are as they were."""
    ends = [os.pipe(), os.pipe()]
    try:
        with waiting(SLEEPS_IN_A_THREAD, ends[0][0], ends[1][0]) as pid:
            found = seen(pid, 2)
    finally:
        for end in (*ends[0], *ends[1]):
            os.close(end)
    main, other = sorted(found.threads, key=lambda wait: wait.thread != pid)
    assert main.thread == pid != other.thread
    assert [(wait.call, wait.descriptor) for wait in (main, other)] == [("read", ends[1][0]), ("read", ends[0][0])]
    assert sorted(found.waits) == sorted(f"read {wait.target}" for wait in found.threads)
    assert {int(wait.target.removeprefix("pipe ")) for wait in found.threads} <= set(found.reads)


def test_a_socket_is_told_as_one() -> None:
    """It is no pipe, has numbers of its own, and is among what the process has."""
    one, other = socket.socketpair()
    with one, other, waiting("import os, sys; os.read(int(sys.argv[1]), 1)", one.fileno()) as pid:
        found = seen(pid, 1)
        assert found.threads == [Wait(pid, "read", one.fileno(), "socket 1")]
    assert (found.waits, found.sockets) == (["read socket 1"], [1])


def test_who_waits_for_a_child_is_told() -> None:
    """By the number of the child."""
    program = "import os, time\npid = os.fork()\nos.waitpid(pid, 0) if pid else time.sleep(1000)"
    with waiting(program) as pid:
        found = seen(pid, 1)
        (wait,) = found.threads
        child = int(wait.target.removeprefix("exit of "))
        os.kill(child, 9)
    assert (wait.call, wait.descriptor, found.waits) == ("exit", None, [f"exit of {child}"])
