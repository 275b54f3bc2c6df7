"""What a worker process does before it serves, at moments that only a seam can hit."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from safepool.engine.launcher import sigint_blocked
from safepool.worker import start


def status_of_child(body: Callable[[], int]) -> int:
    """The exit status of a forked child that runs this, and ends with what it returns, or with 1 where it raises."""
    pid = os.fork()
    if not pid:
        code = 1
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            code = body()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_sigint_is_blocked_for_a_birth_only() -> None:
    """Whatever is launched inherits that; the thread that starts the template has its own mask again, even after an error."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    with pytest.raises(OSError, match="no process"), sigint_blocked():
        assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before | {signal.SIGINT}
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

    monkeypatch.setattr(signal, "pthread_sigmask", interrupted)
    try:
        with pytest.raises(KeyboardInterrupt), sigint_blocked():
            pytest.fail("nothing may be launched any more")
        assert change(signal.SIG_BLOCK, []) == before
    finally:
        change(signal.SIG_SETMASK, before)


@pytest.mark.parametrize("blocked", [False, True])
def test_what_was_blocked_stays_blocked_and_nothing_else(monkeypatch: pytest.MonkeyPatch, blocked: bool) -> None:
    """A worker serves with the signals blocked that its parent had blocked."""
    found: list[set[int]] = []

    class Server:
        pid = 0

        def __init__(self, *_arguments: object) -> None:
            self.interrupts = self

        def install(self) -> None:
            assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])

        def run(self) -> None:
            found.append(set(signal.pthread_sigmask(signal.SIG_BLOCK, [])))

    class Channel:
        def send(self, *_arguments: object) -> None:
            pass

    def body() -> int:
        if blocked:
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        monkeypatch.setattr(start, "Server", Server)
        parent = (os.getppid(), "MainProcess", "fork")
        code = start.begin(0, parent, -1, [int(signum) for signum in before], (Channel(), None, (None, ())))
        return 42 if (code, found) == (0, [before]) else 43

    assert status_of_child(body) == 42
