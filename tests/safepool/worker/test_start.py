"""What a worker process does before it serves, at moments that only a seam can hit."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

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
