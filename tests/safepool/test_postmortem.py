"""Why did it die: facts in, words out."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from safepool import postmortem
from safepool.postmortem import Death, OomWatch, Status
from safepool.protocol.originals import System


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (Status(1), "exited with status 1"),
        (Status(0), "exited with status 0"),
        (Status(-signal.SIGKILL), "was killed by SIGKILL"),
        (Status(None), "nobody could tell"),
    ],
    ids=["exit 1", "exit 0", "signal", "unknown"],
)
def test_the_message_says_how_it_ended(status: Status, said: str) -> None:
    """Exit status, or the signal by its name."""
    text = postmortem.message(Death(4711, status, "running", "f(1)", 3, others=11))
    assert text.startswith("worker 4711 ")
    assert said in text
    assert "while running task 3, f(1)" in text
    assert text.endswith("The other 11 tasks are not affected by it.")


def test_likely_is_called_likely_and_certain_is_not() -> None:
    """A rise of the worker's own cgroup's counter is certain; one of the system's is likely."""
    words = {
        sure: postmortem.message(Death(1, Status(-9, 2 << 30), "running", "f()", oom=sure, evidence="counter 0 -> 1"))
        for sure in ("certain", "likely")
    }
    assert "likely the kernel's OOM killer" in words["likely"]
    assert "likely" not in words["certain"]
    assert "the kernel's OOM killer did it (counter 0 -> 1)" in words["certain"]
    assert "2.0 GiB" in words["certain"]


def test_wait_statuses_become_exit_codes() -> None:
    """As multiprocessing gives them: negative for a signal."""
    assert postmortem.from_wait(0x0100, 5) == Status(1, 5 * 1024)
    assert postmortem.from_wait(signal.SIGSEGV, 0) == Status(-signal.SIGSEGV, None)


def test_the_oom_counter_of_a_cgroup_is_compared_with_the_last_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A counter that has risen since is certain, one that has not says nothing; the next rise counts anew."""
    counter = tmp_path / "memory.events"
    counter.write_text("low 0\noom 3\noom_kill 3\n")
    monkeypatch.setattr(postmortem, "counter_file", lambda cgroup: str(counter))
    monkeypatch.setattr(postmortem, "_counter", postmortem._counter)
    watch = OomWatch()
    watch.active, watch.system = True, None
    watch.look("")
    assert watch.verdict("")[0] is None
    counter.write_text("low 0\noom 4\noom_kill 4\n")
    assert watch.verdict("") == ("certain", "cgroup counter 3 -> 4")
    assert watch.verdict("")[0] is None


def test_a_zombie_is_not_alive() -> None:
    """Its number still exists, and kill(2) succeeds."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert not postmortem.is_process(pid, 0)
    os.waitpid(pid, 0)
    assert postmortem.is_process(os.getpid(), 0)


@pytest.mark.parametrize("code", [errno.EMFILE, errno.EIO])
def test_who_cannot_be_looked_at_just_now_is_alive(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """No descriptor is left, say. A living worker must not be taken for dead: its tasks would run twice."""

    def fail(_path: str) -> bytes:
        raise OSError(code, os.strerror(code))

    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    monkeypatch.setattr(postmortem, "_content", fail)
    assert postmortem.is_process(os.getpid(), 1)
    assert postmortem.is_process(1, 1)  # somebody else's, perhaps: kill(2) says EPERM
    assert not postmortem.is_process(pid, 1)


def test_what_was_read_counts_though_close_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """close(2): EINTR, EIO."""

    class File:
        def read(self) -> bytes:
            return b"content"

        def close(self) -> None:
            raise OSError(errno.EINTR, os.strerror(errno.EINTR))

    monkeypatch.setattr(System, "open_file", lambda *_args, **_options: File())
    assert postmortem._content("/proc/1/stat") == b"content"


#: exit(2) of one thread alone, which no library offers.
EXIT = {"x86_64": 60, "aarch64": 93}


@pytest.mark.skipif(os.uname().machine not in EXIT, reason="the number of exit(2) is not known for this machine")
def test_a_process_whose_first_thread_is_gone_is_dying() -> None:
    """The others keep its status from whoever asks."""
    program = (
        "import ctypes, threading, time\n"
        "threading.Thread(target=time.sleep, args=(600,)).start()\n"
        f"ctypes.CDLL(None).syscall({EXIT[os.uname().machine]}, 0)"
    )
    process = subprocess.Popen([sys.executable, "-c", program])
    try:
        while not postmortem.is_dying(process.pid):
            assert process.poll() is None
        assert not postmortem.is_process(process.pid, 0) and process.poll() is None
    finally:
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not postmortem.is_dying(process.pid)  # now a zombie like any other
        process.wait()
    assert not postmortem.is_dying(os.getpid())
