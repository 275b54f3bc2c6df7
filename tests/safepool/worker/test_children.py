"""The template's books: each death is told once with its status, whatever call fails; each signal is sent at last."""

from __future__ import annotations

import errno
import os
import signal
from types import SimpleNamespace
from typing import Any

import pytest

from safepool.protocol.control import ALIVE, CGROUP, DIED, LAUNCHED, NO_STATUS, STRANGER
from safepool.protocol.originals import System
from safepool.worker import children
from safepool.worker.children import Children


class Kernel:
    """The calls that ask for children and end them. ``fails``: the errors of the next calls, by their names."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.dead: dict[int, tuple[int, int]] = {}  # pid: (status, peak), not reaped yet
        self.gone: set[int] = set()  # reaped by somebody else
        self.killed: list[tuple[int, int]] = []
        self.fails: dict[str, list[int]] = {}
        self.told: list[tuple[int, ...]] = []
        self.looks = 0
        for name in ("kill", "waitid", "wait4", "waitpid"):
            patch.setattr(System, name, getattr(self, name))
        patch.setattr(children, "read_cgroup", lambda pid: b"/group" if pid % 2 else b"")
        patch.setattr(children, "doze", lambda _milliseconds: None)
        self.children = Children(self.tell, self.guard, self.look_again)

    def _may_fail(self, name: str) -> None:
        if self.fails.get(name):
            number = self.fails[name].pop(0)
            raise OSError(number, os.strerror(number))

    def kill(self, pid: int, signum: int) -> None:
        self._may_fail("kill")
        self.killed.append((pid, signum))

    def waitid(self, *_arguments: int) -> Any:
        self._may_fail("waitid")
        for pid, (status, _) in self.dead.items():
            return SimpleNamespace(si_pid=pid, si_code=os.CLD_KILLED if status else os.CLD_EXITED)
        return None

    def wait4(self, pid: int, _options: int) -> Any:
        self._may_fail("wait4")
        if pid in self.gone:
            raise ChildProcessError
        if pid not in self.dead:
            return 0, 0, None
        status, peak = self.dead.pop(pid)
        return pid, status, SimpleNamespace(ru_maxrss=peak)

    def waitpid(self, pid: int, _options: int) -> tuple[int, int]:
        if pid in self.gone:
            raise ChildProcessError
        return (pid, 9) if any(one == pid for one, _ in self.killed) else (0, 0)

    def tell(self, operation: int, number: int, a: int = 0, b: int = 0, c: int = 0, more: bytes = b"") -> None:
        self.told.append((operation, number, a, b, c) if not more else (operation, number, a))

    @staticmethod
    def guard(step: Any, *arguments: Any) -> Any:
        return step(*arguments)

    def look_again(self) -> None:
        self.looks += 1


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    one = Kernel(monkeypatch)
    for number, pid in enumerate((100, 101, 102)):
        one.children.born(number, pid)
    assert one.told == [(LAUNCHED, 0, 100, 0, 0), (LAUNCHED, 1, 101, 0, 0), (LAUNCHED, 2, 102, 0, 0)]
    one.told.clear()
    return one


def test_a_death_is_told_once(kernel: Kernel) -> None:
    """With status and peak; before it the cgroup of one that did not exit by itself, which goes with the zombie."""
    kernel.dead = {100: (0, 7), 101: (9, 8)}
    kernel.children.reap()
    assert kernel.told == [(DIED, 0, 100, 0, 7), (CGROUP, 1, 6), (DIED, 1, 101, 9, 8)]
    kernel.told.clear()
    kernel.children.reap()
    assert kernel.told == []


@pytest.mark.parametrize("call", ["waitid", "wait4"])
def test_a_call_that_fails_loses_no_death(kernel: Kernel, call: str) -> None:
    """It is done again at the next look."""
    kernel.dead = {100: (0, 7), 102: (3, 8)}
    kernel.fails[call] = [errno.EINTR]
    kernel.children.reap()
    kernel.children.reap()
    assert [record for record in kernel.told if record[0] == DIED] == [(DIED, 0, 100, 0, 7), (DIED, 2, 102, 3, 8)]
    assert bool(kernel.looks) == (call == "wait4")


def test_one_that_somebody_else_has_reaped_is_dead_all_the_same(kernel: Kernel) -> None:
    """Its status is lost, which is said; the others' are not."""
    kernel.dead, kernel.gone = {102: (3, 8)}, {101}
    kernel.fails["waitid"] = [errno.ECHILD]
    kernel.children.reap()
    assert kernel.told == [(DIED, 1, 101, NO_STATUS, 0), (DIED, 2, 102, 3, 8)]


def test_who_asks_again_is_told_again(kernel: Kernel) -> None:
    """A report may be lost; a worker that never was is a stranger."""
    kernel.dead = {100: (0, 7)}
    kernel.children.reap()
    kernel.told.clear()
    for number in (0, 1, 9):
        kernel.children.tell_status(number)
    assert kernel.told == [(DIED, 0, 100, 0, 7), (ALIVE, 1, 101, 0, 0), (STRANGER, 9, 0, 0, 0)]
    assert [kernel.children.has(number) for number in (0, 1, 9)] == [True, True, False]


def test_only_so_many_ends_are_remembered(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest is forgotten first."""
    monkeypatch.setattr(children, "REMEMBERED", 2)
    kernel.dead = {100: (0, 7), 101: (0, 7), 102: (0, 7)}
    kernel.children.reap()
    assert [kernel.children.has(number) for number in (0, 1, 2)] == [False, True, True]


def test_a_signal_that_could_not_be_sent_is_sent_again(kernel: Kernel) -> None:
    """Until it was; but not to a process that only has the pid of a worker, and not after the worker's end."""
    kernel.fails["kill"] = [errno.ESRCH, errno.EPERM]
    kernel.children.send_signal(0, 100, signal.SIGTERM)
    kernel.children.send_signal(1, 100, signal.SIGTERM)
    kernel.children.signal_again()
    assert (kernel.killed, kernel.looks) == ([], 1)
    kernel.children.signal_again()
    kernel.children.signal_again()
    assert kernel.killed == [(100, signal.SIGTERM)]
    kernel.fails["kill"] = [errno.ESRCH]
    kernel.children.send_signal(2, 102, signal.SIGKILL)
    kernel.dead = {102: (9, 8)}
    kernel.children.reap()
    kernel.children.signal_again()
    assert kernel.killed == [(100, signal.SIGTERM)]


def test_at_the_end_all_are_killed_and_waited_for(kernel: Kernel) -> None:
    """A kill that fails once, too; and one that is nobody's child any more is not waited for."""
    kernel.fails["kill"] = [errno.EPERM]
    kernel.gone = {102}
    kernel.children.end()
    assert {pid for pid, _ in kernel.killed} >= {100, 101}
    kernel.children.reap()
    assert kernel.told == []
