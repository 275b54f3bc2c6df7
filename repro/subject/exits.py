"""How the subject learns with which status its processes ended: from the pool's own ``waitpid`` calls.

A fault counts only when its evidence was seen: that pid really died, with that status. The observer is not the parent
of the workers, so it can't wait for them, and a worker that the pool reaps is gone before anybody else can look. So
the calls by which Python reaps a process are wrapped, in every process of the subject: they do what they did, and
append an event when they reaped something. Workers that nobody reaps stay as zombies, whose status the observer reads.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any, Callable

from . import events


def install() -> None:
    """Record every process that this process (or one forked from it) reaps. Safe to call twice.

    To be called before a pool is imported: safepool takes its calls from the module of C that ``os`` has them from.
    """
    if getattr(os.waitpid, "records_exits", False):
        return
    for call, read in (
        ("waitpid", _from_waitpid),
        ("wait3", _from_waitpid),
        ("wait4", _from_waitpid),
        ("waitid", _from_waitid),
    ):
        if hasattr(os, call):  # macOS has waitid from Python 3.13 on
            recording = _recording(getattr(os, call), read)
            for module in {"os", os.name} & set(sys.modules):
                setattr(sys.modules[module], call, recording)


def _recording(wait: Callable[..., Any], read: Callable[[Any, tuple[Any, ...]], tuple[int, int] | None]) -> Any:
    def recording_wait(*arguments: Any) -> Any:
        result = wait(*arguments)
        exited = read(result, arguments)
        if exited is not None:
            events.emit("reaped", child=exited[0], status=exited[1])
        return result

    recording_wait.records_exits = True  # type: ignore[attr-defined]
    return recording_wait


def _from_waitpid(result: Any, _arguments: tuple[Any, ...]) -> tuple[int, int] | None:
    pid, status = result[:2]
    if pid == 0 or not (os.WIFEXITED(status) or os.WIFSIGNALED(status)):
        return None
    return pid, -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def _from_waitid(result: Any, arguments: tuple[Any, ...]) -> tuple[int, int] | None:
    if result is None or arguments[2] & os.WNOWAIT:
        return None
    if result.si_code == os.CLD_EXITED:
        return result.si_pid, result.si_status
    if result.si_code in (os.CLD_KILLED, os.CLD_DUMPED):
        return result.si_pid, -result.si_status
    return None


def name(status: int) -> str:
    """A status in words: ``exit code 1``, ``SIGKILL``."""
    if status >= 0:
        return f"exit code {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
