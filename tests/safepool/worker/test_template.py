"""The template without a pool: it is spoken to over its socket, and each call that it makes can be made to fail."""

from __future__ import annotations

import errno
import json
import os
import select
import signal
import socket
import subprocess
import sys
from array import array
from collections.abc import Iterator
from typing import Any

import pytest

from safepool.protocol import control
from safepool.protocol.control import RECORD, WITH_TEXT

#: A template whose workers are forks that wait for a byte on their pipe, and end with its value as status. FAULTS says which
#: calls fail: name -> [errno, how many times, after how many that work].
PROGRAM = """
import json, os, signal, socket, sys
from safepool.protocol.originals import System
from safepool.worker import template

faults = json.loads(sys.argv[2])
read, parent = os.read, os.getppid()

def failing(name, real):
    def call(*arguments):
        error, times, after = faults[name]
        if after or not times:
            faults[name][2] = max(0, after - 1)
            return real(*arguments)
        faults[name][1] -= 1
        raise OSError(error, os.strerror(error))
    return call

for name in faults:
    if hasattr(System, name):
        setattr(System, name, failing(name, getattr(System, name)))

class Socket(socket.socket):
    pass

for name in ("recvmsg", "send"):
    if name in faults:
        method = getattr(socket.socket, name)
        setattr(Socket, name, lambda self, *a, name=name, call=failing(name, method): call(self, *a))

def launch(birth):
    pid = System.fork()
    if pid:
        return pid
    looping.restore([])
    status = read(birth.task_fd, 1)
    os._exit(status[0] if status else 99)

looping = template.Template(Socket(fileno=int(sys.argv[1])), parent, launch)
looping.set_up()
print("ready", flush=True)
looping.run()
"""


class Driver:
    """The parent's side."""

    def __init__(self, faults: dict[str, list[int]]) -> None:
        self.ours, theirs = socket.socketpair()
        command = [sys.executable, "-c", PROGRAM, str(theirs.fileno()), json.dumps(faults)]
        self.process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdout=subprocess.PIPE)
        theirs.close()
        self.ours.settimeout(10)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"ready\n"
        self.pipes: dict[int, int] = {}
        self.data = b""

    def send(self, operation: int, number: int, a: int = 0, b: int = 0) -> None:
        self.ours.sendall(RECORD.pack(operation, number, a, b, 0))

    def launch(self, number: int, again: bool = False) -> None:
        task_r, task_w = os.pipe()
        result_r, result_w = os.pipe()
        fds = array("i", [task_r, result_w])
        record = RECORD.pack(control.LAUNCH, number, number, 7, 0)
        self.ours.sendmsg([record], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
        for fd in (task_r, result_r, result_w, *([task_w] if again else [])):
            os.close(fd)
        if not again:
            self.pipes[number] = task_w

    def end_worker(self, number: int, status: int) -> None:
        os.write(self.pipes[number], bytes([status]))

    def report(self) -> tuple[Any, ...]:
        """The next record: (operation, number, a, b, text)."""
        while True:
            if len(self.data) >= RECORD.size:
                operation, number, a, b, _ = RECORD.unpack_from(self.data)
                size = RECORD.size + (a if operation in WITH_TEXT else 0)
                if len(self.data) >= size:
                    text, self.data = self.data[RECORD.size : size], self.data[size:]
                    return operation, number, a, b, text
            chunk = self.ours.recv(1 << 16)
            assert chunk, "the template has ended"
            self.data += chunk

    def expect(self, operation: int, number: int) -> tuple[Any, ...]:
        """The next record that is none of trouble has to be this one."""
        while True:
            found = self.report()
            if found[0] != control.TROUBLE:
                assert found[:2] == (operation, number)
                return found

    def close(self) -> None:
        self.ours.close()
        for fd in self.pipes.values():
            os.close(fd)
        try:
            assert self.process.wait(10) == 0
        finally:
            self.process.kill()
            self.process.wait()
            assert self.process.stdout is not None
            self.process.stdout.close()


@pytest.fixture
def driver(request: pytest.FixtureRequest) -> Iterator[Driver]:
    found = Driver(getattr(request, "param", {}))
    yield found
    found.close()


def life_of_a_worker(driver: Driver, number: int) -> None:
    driver.launch(number)
    _, _, pid, _, _ = driver.expect(control.LAUNCHED, number)
    assert pid > 0
    driver.end_worker(number, 5)
    _, _, dead, status, _ = driver.expect(control.DIED, number)
    assert (dead, status) == (pid, 5 << 8)


#: How often, and how late, a call fails; each of them has to be borne.
TIMES = [(1, 0), (3, 0), (1, 1), (2, 2)]


@pytest.mark.parametrize(
    "driver",
    [
        pytest.param({name: [error, times, after]}, id=f"{name}-{errno.errorcode[error]}-{times}-after-{after}")
        for name, error in [
            ("waitid", errno.EINTR),
            ("waitid", errno.ECHILD),
            ("wait4", errno.EINTR),
            ("wait4", errno.ENOMEM),
            ("recvmsg", errno.ENOMEM),
            ("recvmsg", errno.ECONNRESET),
            ("recvmsg", errno.EBADF),
            ("send", errno.ENOBUFS),
            ("send", errno.EAGAIN),
            ("read", errno.EIO),
            ("pipe", errno.EMFILE),
            ("pidfd_open", errno.EMFILE),
            ("close", errno.EIO),
        ]
        for times, after in TIMES
        if hasattr(os, name) or name in ("recvmsg", "send")
    ],
    indirect=True,
)
def test_a_call_that_fails_for_a_while_loses_nothing(driver: Driver) -> None:
    """Two workers live and die, and both ends are told, with their statuses."""
    life_of_a_worker(driver, 3)
    life_of_a_worker(driver, 4)


@pytest.mark.parametrize("driver", [{"fork": [errno.EAGAIN, 1, 0]}], indirect=True)
def test_a_launch_that_fails_is_told_and_can_be_asked_for_again(driver: Driver) -> None:
    """There was no process left, for a moment."""
    driver.launch(0)
    assert driver.expect(control.FAILED, 0)[2] == errno.EAGAIN
    os.close(driver.pipes.pop(0))
    life_of_a_worker(driver, 0)


def test_a_launch_whose_descriptors_are_missing_is_told(driver: Driver) -> None:
    """As when the template has none left for them."""
    driver.send(control.LAUNCH, 2)
    assert driver.expect(control.FAILED, 2)[2] == errno.EMFILE
    life_of_a_worker(driver, 3)


def test_a_launch_that_is_asked_for_twice_is_done_once(driver: Driver) -> None:
    """The parent did not hear the answer, or it was lost: it asks again, and the worker may even be dead by then."""
    driver.launch(1)
    pid = driver.expect(control.LAUNCHED, 1)[2]
    driver.launch(1, again=True)
    assert driver.expect(control.ALIVE, 1)[2] == pid
    driver.end_worker(1, 9)
    driver.expect(control.DIED, 1)
    driver.launch(1, again=True)
    assert driver.expect(control.DIED, 1)[2:4] == (pid, 9 << 8)


@pytest.mark.parametrize("driver", [{}, {"kill": [errno.ESRCH, 3, 0]}], indirect=True, ids=["works", "fails-thrice"])
def test_a_kill_is_repeated_until_it_is_seen(driver: Driver) -> None:
    """One that fails is done again by the template, without being asked; and it may be asked as often as one likes."""
    driver.launch(1)
    pid = driver.expect(control.LAUNCHED, 1)[2]
    driver.send(control.SIGNAL, 1, pid, signal.SIGKILL)
    driver.send(control.SIGNAL, 1, pid, signal.SIGKILL)
    found = driver.report()
    if found[0] == control.CGROUP:
        found = driver.report()
    assert found[:4] == (control.DIED, 1, pid, signal.SIGKILL)
    driver.send(control.SIGNAL, 1, pid, signal.SIGKILL)
    driver.send(control.PING, 77)
    driver.expect(control.PONG, 77)


def test_the_status_of_a_worker_can_be_asked_for(driver: Driver) -> None:
    """Alive, dead (as often as one asks), or never heard of."""
    driver.launch(5)
    pid = driver.expect(control.LAUNCHED, 5)[2]
    driver.send(control.STATUS, 5)
    assert driver.expect(control.ALIVE, 5)[2] == pid
    driver.end_worker(5, 0)
    driver.expect(control.DIED, 5)
    for _ in range(2):
        driver.send(control.STATUS, 5)
        assert driver.expect(control.DIED, 5)[2:4] == (pid, 0)
    driver.send(control.STATUS, 6)
    driver.expect(control.STRANGER, 6)


def test_a_parent_that_does_not_read_holds_nothing_up(driver: Driver) -> None:
    """Reports that the socket does not take are kept, whole and in order, and requests are obeyed meanwhile."""
    driver.launch(0)
    wanted = 30_000
    driver.ours.setblocking(False)
    asked = 0
    while asked < wanted:
        try:
            driver.send(control.PING, asked)
            asked += 1
        except BlockingIOError:
            # Its socket is full as well: then it has to read ours, though nobody reads what it answers.
            assert select.select([], [driver.ours], [], 10)[1], "the template waits for us to read"
    driver.ours.settimeout(10)
    driver.expect(control.LAUNCHED, 0)
    for number in range(wanted):
        driver.expect(control.PONG, number)


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_signals_to_the_group_do_not_end_the_template(driver: Driver, signum: int) -> None:
    """They are the program's business."""
    os.kill(driver.process.pid, signum)
    life_of_a_worker(driver, 0)


def test_a_record_in_pieces(driver: Driver) -> None:
    """What has come is kept until the rest comes."""
    record = RECORD.pack(control.PING, 4, 0, 0, 0)
    for i in range(len(record)):
        driver.ours.sendall(record[i : i + 1])
    driver.expect(control.PONG, 4)


@pytest.mark.parametrize("driver", [{}, {"kill": [errno.EPERM, 2, 0]}], indirect=True, ids=["works", "fails-twice"])
def test_at_its_end_the_workers_are_gone(driver: Driver) -> None:
    """The parent closes the socket: the template kills what is left, though a kill fails, and ends."""
    driver.launch(0)
    pid = driver.expect(control.LAUNCHED, 0)[2]
    driver.ours.close()
    assert driver.process.wait(10) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_an_error_that_nobody_foresaw_is_told(driver: Driver) -> None:
    """And the template goes on."""
    driver.ours.sendmsg([RECORD.pack(control.SIGNAL, 0, 0, 0, 0)])
    driver.launch(0)
    pid = driver.expect(control.LAUNCHED, 0)[2]
    driver.send(control.SIGNAL, 0, pid, 100_000)  # no such signal: OSError(EINVAL), for ever
    driver.end_worker(0, 1)
    driver.expect(control.DIED, 0)
    life_of_a_worker(driver, 1)
