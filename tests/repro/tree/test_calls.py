"""In which system call a thread waits: seen of processes that really wait."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from repro.tree import calls, processes
from tests.repro import lab

pytestmark = pytest.mark.skipif(
    not (processes.LINUX and calls.NAMES), reason="only Linux tells, and only of machines whose system calls are known"
)


@contextmanager
def running(program: str, *arguments: object, descriptors: tuple[int, ...] = ()) -> Iterator[int]:
    """A Python that runs a program and waits."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    with subprocess.Popen(command, pass_fds=descriptors, stdin=subprocess.DEVNULL) as process:
        try:
            yield process.pid
        finally:
            process.kill()


def test_a_sleep_ends_by_itself() -> None:
    with running("import time; time.sleep(600)") as pid:
        assert lab.main_call(pid, "nanosleep", "select").timed is True


def test_a_read_names_its_pipe() -> None:
    reads, writes = os.pipe()
    try:
        with running(f"import os; os.read({reads}, 1)", descriptors=(reads,)) as pid:
            found = lab.main_call(pid, "read")
            assert found.targets == (os.readlink(f"/proc/self/fd/{reads}"),)
            assert found.timed is False
    finally:
        os.close(reads)
        os.close(writes)


def test_a_lock_of_one_process_is_private() -> None:
    program = "import threading; one = threading.Lock(); one.acquire(); one.acquire()"
    with running(program) as pid:
        found = lab.main_call(pid, "futex")
        assert (found.private, found.timed) == (True, False)


def test_a_thread_has_begun_after_its_process() -> None:
    """In the units in which a process has."""
    program = "import threading, time; threading.Thread(target=time.sleep, args=(600,)).start()"
    with running(program) as pid:
        lab.main_call(pid, "futex")  # it waits for its thread, which is there then
        main, other = calls.of(pid)
        assert (main.started, main.number) == (processes.scan()[pid].started, pid)
        assert other.started >= main.started


def test_a_poll_names_what_it_waits_for() -> None:
    """The array lies in the process's memory."""
    reads, writes = os.pipe()
    program = f"import select; one = select.poll(); one.register({reads}, select.POLLIN); one.poll()"
    try:
        with running(program, descriptors=(reads,)) as pid:
            assert lab.main_call(pid, "poll").targets == (os.readlink(f"/proc/self/fd/{reads}"),)
    finally:
        os.close(reads)
        os.close(writes)


def test_a_connection_is_named_by_its_other_end() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        program = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1]))).recv(1)"
        with running(program, port) as pid:
            assert lab.main_call(pid, "recvfrom", "read").targets == (f"tcp 127.0.0.1:{port}",)


def test_a_child_that_is_awaited() -> None:
    program = "import subprocess, sys; subprocess.Popen(['sleep', '600']).wait()"
    with running(program) as pid:
        child = int(lab.main_call(pid, "wait4").targets[0])
        assert processes.scan()[child].parent == pid
        os.kill(child, 9)


def test_who_is_gone_has_no_calls() -> None:
    assert calls.of(1 << 30) == []
    assert calls.memory(os.getpid(), 0, 8) == b""
