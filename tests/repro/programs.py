"""Programs of ``repro script``, running: each is followed until it has ended, or nothing of it runs any more, or it computes all
the time."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from repro.cli import script_command
from repro.observer import cgroup
from repro.tree import processes
from tests.repro import lab

#: A program that never ends is one of which no thread has run in so many looks in a row. No program sleeps for so long.
QUIET_LOOKS = 25
LOOK_EVERY = 0.1
#: One that computes all the time is one that has used so much of the CPU, in seconds, its dead children too; all others take a
#: fraction of that.
COMPUTED = 1.5
#: Of those that share something, one runs at a time: a cgroup; the memory of the machine.
SHARING = ("oom", "thrashes", "killed-")


class Program:
    """One program, in a session of its own, its output in files.

    command: an interpreter and its options. folder: a new one, for the program and its output. temporary: its TMPDIR. alone:
    whether it has nothing of this suite. may_compute: whether computing all the time is a way of hanging here.
    """

    def __init__(
        self, command: list[str], text: str, folder: Path, temporary: Path, *, alone: bool, may_compute: bool
    ) -> None:
        folder.mkdir()
        (folder / "program.py").write_text(text)
        self.text = text
        self.folder = folder
        self.may_compute = may_compute
        # complete: on a machine that has the pool, and nothing of this suite
        changes: dict[str, str | None] = {"TMPDIR": str(temporary)}
        if alone:
            changes["PYTHONPATH"] = None
        with (folder / "output").open("wb") as output, (folder / "errors").open("wb") as errors:
            self.process = subprocess.Popen(
                [*command, "program.py"],
                cwd=folder,
                env=lab.environment(changes),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
                preexec_fn=_as_a_terminal_starts_it,
            )
        self.known: dict[int, int] = {}
        self.activity: object = None
        self.looks = 0

    @property
    def quiet(self) -> bool:
        """Whether nothing of it has run for long enough."""
        return self.looks >= QUIET_LOOKS

    def settled(self, everyone: dict[int, processes.Process]) -> bool:
        """Look at it: whether it has ended, is quiet, or has computed for long."""
        tree = processes.members(everyone, self.process.pid, self.known)
        activity = processes.activity(process.pid for process in tree if not process.zombie)
        waits = not any(process.state == "R" for process in tree)  # and does not only wait for a processor
        self.looks = self.looks + 1 if waits and activity == self.activity else 0
        self.activity = activity
        computed = self.may_compute and cpu_of(self.process.pid) > COMPUTED
        return self.process.poll() is not None or self.quiet or computed

    def read(self, file: str) -> str:
        """What it has written. file: ``output`` or ``errors``."""
        return (self.folder / file).read_text()

    def end(self) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        for pid in self.known:  # those that an executor's caller left behind when it was killed
            try:
                if os.getsid(pid) == self.process.pid:
                    os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def _as_a_terminal_starts_it() -> None:
    """With Ctrl-C, which tests that run in the background have ignored; and without core files, which a crash would leave."""
    import resource

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def cpu_of(pid: int) -> float:
    """What a process has used of the CPU, in seconds, and those of its children whose end it has seen (proc_pid_stat(5))."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def oom_group() -> tuple[str, str] | None:
    """As ``repro script`` finds it: the real thing, where a memory cgroup can be made."""
    return script_command.oom_group()


def remove_group() -> None:
    """The cgroup of the oom script, which the program removes when it exits, and can't when it is killed."""
    import time

    for parent, _version in cgroup._parents():
        path = parent / "repro-script-oom"
        while path.is_dir():
            try:
                path.rmdir()
            except OSError:  # EBUSY: the kernel has not noticed yet that its last process has gone
                time.sleep(0.01)
