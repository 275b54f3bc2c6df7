"""Births: what the template and its workers inherit, and what they must not."""

from __future__ import annotations

import concurrent.futures
import errno
import itertools
import os
import signal
import time
from typing import Any

import pytest

from safepool import Pool
from safepool.engine.launcher import Launcher, signals_blocked
from safepool.protocol.originals import System
from safepool.worker.template import DEAF
from tests.safepool.tasks import FORK, square

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def test_signals_are_blocked_for_a_birth_only() -> None:
    """Whatever is launched inherits that; the thread that starts the template has its own mask again, even after an error."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    with pytest.raises(OSError, match="no process"), signals_blocked():
        assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before | DEAF
        raise OSError("no process can be made")
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before


def test_ctrl_c_at_the_moment_of_blocking_leaves_nothing_blocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """pthread_sigmask changes the mask, and then runs the handler of a signal that came before: the program must not go deaf."""
    change = signal.pthread_sigmask
    before = change(signal.SIG_BLOCK, [])

    def interrupted(how: int, signals: list[int]) -> object:
        old = change(how, signals)
        if how == signal.SIG_BLOCK and signals:
            raise KeyboardInterrupt
        return old

    monkeypatch.setattr(System, "pthread_sigmask", interrupted)
    try:
        with pytest.raises(KeyboardInterrupt), signals_blocked():
            pytest.fail("nothing may be launched any more")
        assert change(signal.SIG_BLOCK, []) == before
    finally:
        change(signal.SIG_SETMASK, before)


def test_a_template_is_let_go_though_its_socket_cannot_be_closed() -> None:
    """close(2) may say EIO. Who calls still learns which process is to be reaped, and that the template is lost."""

    class Control:
        def close(self) -> None:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    launcher: Any = Launcher("fork", (None, ()), -1, -1, lambda: None)
    launcher.control, launcher._pids = Control(), [7]
    assert launcher.stop() == 7
    assert launcher.lost
    assert launcher.control is None


def pipes(pid: int) -> set[str]:
    """The pipes that a process has open."""
    found = set()
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            found.add(os.readlink(f"/proc/{pid}/fd/{fd}"))
        except OSError:
            pass  # closed meanwhile
    return {name for name in found if name.startswith("pipe:")}


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_pools_made_at_once_share_no_pipe() -> None:
    """A worker that had another pool's pipes would keep that pool's workers from seeing their parent's end."""
    before = pipes(os.getpid())
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        pools = [made.result() for made in [threads.submit(Pool, 2, context=FORK) for _ in range(4)]]
    try:
        theirs = []
        for pool in pools:
            pool.map(square, range(100), chunksize=1)
            while any(worker.pid is None or worker.state == "starting" for worker in pool.workers):
                time.sleep(0.001)
            theirs.append(set().union(*(pipes(worker.pid) for worker in pool.workers)) - before)
        for one, other in itertools.combinations(theirs, 2):
            assert not one & other
    finally:
        for pool in pools:
            pool.terminate()
            pool.join()
