"""Runs one program in a session of its own under a time limit, and says how it ended and what it left behind.

`harness` goes over many items with one program. Here the program itself is the item: it spoils its own signals, limits
and descriptors, and often the question is whether it ends at all. Cases and sieges are run by this.

The program's output goes to a file, never to a pipe that a grandchild could hold open. A program that is still there at its limit
is asked for its stacks (it registered faulthandler on SIGUSR1), then its whole group is killed.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.safepool.acceptance import harness

GRACE = 3.0  # seconds for processes and names that are on their way out when the program has ended
SLICE = 0.02  # seconds between two looks at the program


@dataclass(frozen=True)
class Ended:
    """How a program ended: its exit status (None: killed at its limit), what it printed, what was left."""

    status: int | None
    output: str
    seconds: float
    leftovers: Sequence[str] = ()


def run(
    command: Sequence[str],
    limit: float,
    *,
    env: Mapping[str, str] | None = None,
    folder: Path | None = None,
    stuck: Callable[[], bool] | None = None,
) -> Ended:
    """Run `command` to its end, or to `limit` seconds, or until `stuck()` says that it makes no progress.

    `folder` is its working directory and keeps what it writes there; TMPDIR is one of its own, which must be empty at the end.
    """
    with tempfile.TemporaryDirectory(prefix="safepool-test-") as own:
        return _Session(command, env or {}, folder or Path(own), Path(own)).run(limit, stuck)


class _Session:
    def __init__(self, command: Sequence[str], env: Mapping[str, str], folder: Path, own: Path) -> None:
        self.run_id = uuid.uuid4().hex
        self.temporary = own / "tmp"
        self.temporary.mkdir()
        self.output_file = own / "output.txt"
        self.shm_before = harness.shared_memory()
        self.began = time.monotonic()
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
            "PYTHONPATH": str(harness.ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": str(self.temporary),
            harness.MARKER: self.run_id,
            **env,
        }
        with self.output_file.open("wb") as output:
            self.process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
                cwd=folder,
            )

    def run(self, limit: float, stuck: Callable[[], bool] | None) -> Ended:
        try:
            while self.process.poll() is None:
                if time.monotonic() - self.began > limit or (stuck is not None and stuck()):
                    self.ask_for_stacks()
                    return Ended(None, self.output(), self.seconds())
                time.sleep(SLICE)
            seconds = self.seconds()
            return Ended(self.process.returncode, self.output(), seconds, self.leftovers())
        finally:
            self.kill_all()
            self.process.wait()
            self.remove_cgroups()

    def remove_cgroups(self) -> None:
        """Of a program that could not remove its own; their names end with its pid."""
        name = f"safepool-*-{self.process.pid}"
        for path in [*harness.CGROUPS.glob(name), *harness.CGROUPS.glob(f"*/{name}")]:
            for _ in range(100):  # the kernel needs a moment after the death of its last process
                try:
                    path.rmdir()
                    break
                except OSError:
                    time.sleep(SLICE)

    def seconds(self) -> float:
        return time.monotonic() - self.began

    def output(self) -> str:
        return harness.shorten(self.output_file.read_text(errors="replace"), 20_000)

    def members(self) -> list[psutil.Process]:
        """All living processes in the session, or with its marker in their environment."""
        needle = f"{harness.MARKER}={self.run_id}".encode()
        found = []
        for pid in psutil.pids():
            with contextlib.suppress(OSError, psutil.Error):
                ours = os.getsid(pid) == self.process.pid or needle in Path(f"/proc/{pid}/environ").read_bytes()
                process = psutil.Process(pid)
                gone = pid == self.process.pid and self.process.returncode is not None
                if ours and not gone and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def ask_for_stacks(self) -> None:
        """The main program writes all its stacks into its output, if it registered for it; then the table of processes is
        added.
        """
        size = self.output_file.stat().st_size
        with contextlib.suppress(OSError):
            # It may have lowered its own limit, and could not write.
            resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            if harness.catches(self.process.pid, signal.SIGUSR1):
                os.kill(self.process.pid, signal.SIGUSR1)
                end = time.monotonic() + 2.0
                while self.output_file.stat().st_size == size and time.monotonic() < end:
                    time.sleep(SLICE)
                time.sleep(0.1)  # only for a fuller dump: nothing is concluded from it
        with self.output_file.open("a") as output:
            output.write(
                "\nprocesses:\n" + "\n".join("  " + harness.describe(process) for process in self.members()) + "\n"
            )

    def leftovers(self) -> list[str]:
        """In words, what is left of a program that has ended by itself, after a grace."""
        end = time.monotonic() + GRACE
        while (rest := self.members()) and time.monotonic() < end:
            time.sleep(SLICE)
        found = [f"process {harness.describe(process)}" for process in rest]
        found += [f"temporary file {path.name}" for path in sorted(self.temporary.iterdir())]
        leaked = harness.shared_memory() - self.shm_before
        while leaked and time.monotonic() < end:
            leaked = {name for name in leaked if not harness.in_use(harness.SHM / name)}
            time.sleep(SLICE)
        return found + [f"shared memory {name}" for name in sorted(leaked)]

    def kill_all(self) -> None:
        """End every process of the session; one that is born meanwhile is met in the next round."""
        for _ in range(100):
            members = self.members()
            if not members and self.process.poll() is not None:
                return
            for process in members:
                with contextlib.suppress(psutil.Error):
                    process.kill()
            time.sleep(SLICE)
