"""Who ends, when and how, of processes that are not ours: a helper between starts them, and reaps them when told."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from repro.subject import witness
from repro.tree import ends, processes
from repro.tree.ends import Ends
from tests.repro import lab

pytestmark = pytest.mark.skipif(not processes.LINUX, reason="needs /proc")

#: Starts children that wait, says their numbers; ``e N`` lets one leave with status 7, ``k N`` kills it, ``r N`` reaps it.
HELPER = """
import os, signal, sys
children, pipes = [], []
for _ in range(2):
    get, put = os.pipe()
    pid = os.fork()
    if not pid:
        os.read(get, 1)
        os._exit(7)
    children.append(pid)
    pipes.append(put)
print(*children, flush=True)
for line in sys.stdin:
    what, _, number = line.strip().partition(" ")
    if what == "e":
        os.write(pipes[int(number)], b"x")
    elif what == "k":
        os.kill(children[int(number)], signal.SIGKILL)
    elif what == "r":
        os.waitpid(children[int(number)], 0)
    os.waitid(os.P_PID, children[int(number)], os.WEXITED | os.WNOWAIT) if what != "r" else None
    print("done", flush=True)
"""


class Helper:
    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HELPER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.children = [int(word) for word in self._line().split()]

    def does(self, what: str) -> None:
        """And it is done when this returns."""
        assert self.process.stdin is not None
        print(what, file=self.process.stdin, flush=True)
        assert self._line() == "done\n"

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()


@pytest.fixture
def helper() -> Iterator[Helper]:
    found = Helper()
    try:
        yield found
    finally:
        lab.kill_session(found.process)
        for stream in (found.process.stdin, found.process.stdout):
            assert stream is not None
            stream.close()


@pytest.fixture
def watched(helper: Helper) -> Iterator[Ends]:
    """Who waits for both children."""
    found = Ends()
    for one in processes.some(helper.children).values():
        found.add(one)
    yield found
    found.close()


def test_a_zombie_tells_how_it_ended(helper: Helper, watched: Ends) -> None:
    """An exit code, or a signal; each once; who lives is not told."""
    assert watched.wait(0) == []
    helper.does("e 0")
    assert [(one.pid, one.status, one.why) for one in watched.wait(lab.DEADLINE)] == [(helper.children[0], 7, "")]
    assert watched.wait(0) == []
    helper.does("k 1")
    assert [(one.pid, one.status) for one in watched.wait(lab.DEADLINE)] == [(helper.children[1], -signal.SIGKILL)]


def test_who_was_reaped_is_told_by_its_pidfd(helper: Helper, watched: Ends) -> None:
    """Where the kernel keeps it; else that it does not."""
    helper.does("e 0")
    helper.does("r 0")
    (end,) = watched.wait(lab.DEADLINE)
    assert (end.status, end.why) in ((7, ""), (None, ends.TAKEN))


def test_before_that_kernel_it_is_said(helper: Helper, watched: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness, "exit_status", lambda pidfd: None)
    helper.does("e 0")
    helper.does("r 0")
    (end,) = watched.wait(lab.DEADLINE)
    assert (end.status, end.why) == (None, ends.TAKEN)


def test_without_pidfds_it_looks(helper: Helper, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a zombie it learns the same."""
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    found = Ends()
    for one in processes.some(helper.children).values():
        found.add(one)
    assert not found.all_by_pidfd
    helper.does("k 0")
    assert [(one.pid, one.status) for one in found.wait(lab.DEADLINE)] == [(helper.children[0], -signal.SIGKILL)]
    helper.does("e 1")
    helper.does("r 1")
    assert [(one.pid, one.status, one.why) for one in found.wait(lab.DEADLINE)] == [
        (helper.children[1], None, ends.TAKEN)
    ]
    found.close()


def test_descriptors_are_left_for_others(helper: Helper, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who gets none is looked at: with none left, every process would look gone."""
    monkeypatch.setattr(resource, "getrlimit", lambda which: (ends.RESERVED + 1, 4096))
    found = Ends()
    for one in processes.some(helper.children).values():
        found.add(one)
    assert not found.all_by_pidfd
    helper.does("k 1")
    assert [(one.pid, one.status) for one in found.wait(lab.DEADLINE)] == [(helper.children[1], -signal.SIGKILL)]
    found.close()


def test_who_had_ended_before_is_told_at_once(helper: Helper) -> None:
    """And whose number is another one's by now has ended, too."""
    helper.does("k 0")
    found = Ends()
    zombie = processes.some(helper.children[:1])[helper.children[0]]
    found.add(zombie)
    assert [one.status for one in found.wait(lab.DEADLINE)] == [-signal.SIGKILL]
    other = processes.some(helper.children[1:])[helper.children[1]]
    found.add(replace(other, started=other.started - 1))
    assert [(one.pid, one.status) for one in found.wait(lab.DEADLINE)] == [(other.pid, None)]
    found.close()


def test_what_is_hidden_is_said(helper: Helper, watched: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    """A zombie of which the kernel shows no status: after a while, since its parent may reap it."""
    monkeypatch.setattr(witness, "exit_status", lambda pidfd: None)
    real = processes.some
    monkeypatch.setattr(
        processes, "some", lambda pids: {pid: replace(one, exit_status=None) for pid, one in real(pids).items()}
    )
    helper.does("e 0")
    began = time.monotonic()
    (end,) = watched.wait(lab.DEADLINE)
    assert (end.status, end.why) == (None, ends.HIDDEN)
    assert end.at >= began
