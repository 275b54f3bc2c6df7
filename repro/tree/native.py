"""Native stacks by py-spy (github.com/benfred/py-spy), where the extra ``[stacks]`` is installed: the C functions in which a
hung process waits, beside the Python frames that it has told itself (``repro.subject.stacks``).

py-spy stops a process while it reads its memory (ptrace(2)), so it comes after everything that asks the process itself, one
process at a time, each within a time. What it can't do it says, and that is recorded in place of the stack.
"""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import IO

from repro.observation import FAILED
from repro.subject.cell import DIRECTORY
from repro.subject.events import short_paths

#: How long py-spy may take for one process, in seconds; on a quiet machine it takes less than a tenth.
EACH_WITHIN = 3.0
#: How many processes of a tree are asked: a respawn storm has hundreds, and they all tell the same.
PROCESSES = 8
#: How many frames of a thread are kept, counted from the innermost.
FRAMES_KEPT = 16


def tool() -> str | None:
    """The py-spy that was installed beside this program, or None. One that is elsewhere on PATH was not installed for this."""
    path = Path(sysconfig.get_path("scripts")) / "py-spy"
    return str(path) if os.access(path, os.X_OK) else None


class Dumps:
    """The native stacks of some processes, taken one after another. pids: of one cell, and of nobody else; path: py-spy's.

    ``step`` never blocks. found: pid -> stacks, or a sentence that begins with FAILED.
    """

    def __init__(self, pids: Sequence[int], path: str) -> None:
        self.found: dict[str, str] = {}
        self._pending = list(reversed(pids[:PROCESSES]))
        self._path = path
        self._running: tuple[int, subprocess.Popen[bytes], IO[bytes], float] | None = None

    def step(self, alive: Collection[int]) -> bool:
        """Go on; returns whether all is done. alive: the pids of the cell that still live, so that no other process is asked."""
        if self._running is not None:
            pid, process, output, since = self._running
            if process.poll() is None and time.monotonic() - since < EACH_WITHIN:
                return False
            self._collect(pid, process, output)
        while self._pending and self._running is None:
            pid = self._pending.pop()
            if pid in alive:
                self._start(pid)
        return self._running is None

    def close(self) -> None:
        """End what still runs: its stack was not had in time."""
        self._pending.clear()
        if self._running is not None:
            pid, process, output, _since = self._running
            self._collect(pid, process, output)

    def _start(self, pid: int) -> None:
        # a file, not a pipe: nobody reads while it writes
        output = tempfile.TemporaryFile()  # noqa: SIM115  closed when it is collected
        environment = {name: value for name, value in os.environ.items() if name != DIRECTORY}
        try:
            process = subprocess.Popen(
                [self._path, "dump", "--native", "--pid", str(pid)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            output.close()
            self.found[str(pid)] = f"{FAILED}py-spy could not be started: {error.strerror}"
            return
        self._running = pid, process, output, time.monotonic()

    def _collect(self, pid: int, process: subprocess.Popen[bytes], output: IO[bytes]) -> None:
        self._running = None
        late = process.poll() is None
        if late:
            process.kill()  # the kernel lets go of what it traced
        status = process.wait()
        with output:
            output.seek(0)
            text = output.read().decode("utf-8", "replace")
        if late:
            self.found[str(pid)] = f"{FAILED}py-spy did not answer within {EACH_WITHIN:g} s"
        else:
            self.found[str(pid)] = compact(text, status)


def compact(text: str, status: int) -> str:
    """What py-spy printed, without what the record has already, and only the innermost frames of each thread. A pure function.

    text: what it printed; status: with which it ended. Its errors come with a chain of causes: the last one tells.
    """
    lines = [line.rstrip() for line in text.splitlines()]
    if status or not any(line.startswith("Thread ") for line in lines):
        return f"{FAILED}py-spy: {reason(text, status)}"
    kept: list[str] = []
    frames = 0
    for line in lines:
        if line.startswith("Thread "):
            frames = 0
            kept.append(line)
        elif line.startswith("    ") and kept and frames < FRAMES_KEPT:
            frames += 1
            kept.append(re.sub(r"\(/(?:[^/()]+/)*([^/()]+/[^/()]+)\)$", r"(\1)", line))
    return "\n".join(kept) + "\n"


def reason(text: str, status: int) -> str:
    """Why py-spy gave no stack, of what it printed: the last of a chain of causes. A pure function."""
    lines = text.partition("\nStack backtrace:")[0].splitlines()  # of py-spy itself
    causes = [line.strip() for line in lines if line.strip() and not re.match(r"\s*(Caused by|Error):?\s*$", line)]
    said = re.sub(r"^(Error|Reason|\d+): ?", "", causes[-1]) if causes else f"it printed nothing, status {status}"
    return short_paths(said)
