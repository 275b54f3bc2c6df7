"""Runs a subject program over a list of items, each under a hard deadline, in a session of its own.

The grid, CPython's own tests and the chaos run have one need in common: a program that may hang, be killed or
leave processes behind goes over many items, and what it did with each must be known afterwards. So:

- The program appends one JSON line per step to an events file (``start``, ``end``, at last ``bye``), never to a
  pipe that a grandchild could hold open.
- An item that started and did not end within its deadline is a *hang*: the watchdog asks the program for its
  stacks (the program registered faulthandler on SIGUSR1), ends the whole session, and starts the program again
  with the items that are left.
- A program that ends without ``bye`` *crashed* in its current item. Nothing passes by absence: an item without
  an ``end`` line is never counted as passed.
- After the program has ended its session must be empty (a short grace for processes on their way out), its
  directory for temporary files too, and shared memory that it made must be gone.

The program is called as ``PYTHON PROGRAM ... --items FILE --events FILE``; see `subject_protocol` for its side.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[3]
MARKER = (
    "SAFEPOOL_TEST_RUN"  # in the environment of a subject and all its descendants: finds those that left the session
)
GRACE = 3.0  # seconds for processes that are on their way out when the program has ended
SHM = Path("/dev/shm")
CGROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Outcome:
    """What became of one item. `verdict` is passed, failed, skipped, hang, crashed or leftovers."""

    item: str
    verdict: str
    detail: str = ""
    seconds: float = 0.0
    data: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.verdict.upper()} {self.item} ({self.seconds:.1f} s)\n{indent(self.detail)}"


def indent(text: str) -> str:
    return "\n".join("    " + line for line in text.rstrip().splitlines())


def shorten(text: str, limit: int = 6000) -> str:
    """Both ends of a long text: tracebacks say what at the end, stack dumps say where at the start."""
    return text if len(text) <= limit else text[: limit // 2] + "\n[...]\n" + text[-limit // 2 :]


def run_items(
    python: str,
    program: Sequence[str],
    items: Sequence[str],
    *,
    deadline: float,
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
) -> list[Outcome]:
    """Run `program` with `python` until each of `items` has an outcome; one `Outcome` each, in their order.

    `deadline` is in seconds and holds for each item, for the start of the program and for its end.
    A batch that ends with something left behind adds an outcome of the item ``(end)``.
    """
    outcomes: dict[str, Outcome] = {}
    ends: list[Outcome] = []
    left = list(items)
    while left:
        with tempfile.TemporaryDirectory(prefix="safepool-test-") as folder:
            batch = Batch(python, program, left, deadline, env or {}, Path(folder), cwd)
            found = batch.run()
        ends += [outcome for outcome in found if outcome.item == "(end)"]
        outcomes.update((outcome.item, outcome) for outcome in found if outcome.item != "(end)")
        rest = [item for item in left if item not in outcomes]
        if len(rest) == len(left):  # not one step forward: it would go on like this for ever
            detail = "the program ended before its first item\n" + batch.output
            outcomes.update((item, Outcome(item, "crashed", detail)) for item in rest)
            rest = []
        left = rest
    return [outcomes[item] for item in items] + ends


def problems(outcomes: Sequence[Outcome]) -> str:
    """All outcomes that are neither passed nor skipped, as a text for a failing test; empty if there is none."""
    bad = [outcome for outcome in outcomes if outcome.verdict not in ("passed", "skipped")]
    return "\n".join([f"{len(bad)} of {len(outcomes)} items did not pass", *map(str, bad)]) if bad else ""


class Batch:
    """One start of the subject program."""

    def __init__(
        self,
        python: str,
        program: Sequence[str],
        items: Sequence[str],
        deadline: float,
        env: dict[str, str],
        folder: Path,
        cwd: Path | None,
    ) -> None:
        self.deadline = deadline
        self.folder = folder
        self.events_file = folder / "events.jsonl"
        self.output_file = folder / "output.txt"
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.events_file.touch()
        items_file = folder / "items.json"
        items_file.write_text(json.dumps(list(items)))
        self.run_id = uuid.uuid4().hex
        self.shm_before = shared_memory()
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": str(self.temporary),
            MARKER: self.run_id,
            **env,
        }
        with self.output_file.open("wb") as output:
            self.process = subprocess.Popen(
                [python, *program, "--items", str(items_file), "--events", str(self.events_file)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
                cwd=cwd or folder,
            )
        self.known: dict[int, float] = {}  # pid and creation time of every process seen in the session
        self.output = ""

    def run(self) -> list[Outcome]:
        """Watch the program to its end, whatever end that is."""
        try:
            hung = self.watch()
            outcomes = self.read_outcomes(hung)
            if hung is None:
                outcomes += self.look_for_leftovers()
            return outcomes
        finally:
            self.kill_all()
            self.process.wait()
            self.remove_cgroups()

    def watch(self) -> float | None:
        """Wait until the program has ended (None) or an item has passed its deadline (seconds waited)."""
        size, since = -1, time.monotonic()
        while self.process.poll() is None:
            now = time.monotonic()
            current = self.events_file.stat().st_size
            if current != size:
                size, since = current, now
            limit = self.deadline
            if now - since > limit:
                self.ask_for_stacks()
                return now - since
            time.sleep(0.01)
        return None

    def ask_for_stacks(self) -> None:
        """Have the program write all stacks to its output, if it registered for it; an unregistered SIGUSR1 would kill."""
        before = self.output_file.stat().st_size
        for process in self.members():
            with contextlib.suppress(psutil.Error, OSError):
                if catches(process.pid, signal.SIGUSR1):
                    os.kill(process.pid, signal.SIGUSR1)
        end = time.monotonic() + 1.0
        while self.output_file.stat().st_size == before and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(0.1)  # only for a fuller dump: nothing is concluded from it

    def read_outcomes(self, hung: float | None) -> list[Outcome]:
        self.output = shorten(self.output_file.read_text(errors="replace"))
        outcomes: list[Outcome] = []
        started: str | None = None
        start_time = 0.0
        said_bye = False
        for line in self.events_file.read_text(errors="replace").splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                break  # cut by the death of its writer: what follows is the crash itself
            if event["event"] == "start":
                started, start_time = event["item"], event["time"]
            elif event["event"] == "end" and event["item"] == started:
                outcomes.append(
                    Outcome(
                        event["item"],
                        event["outcome"],
                        event.get("detail", ""),
                        event["time"] - start_time,
                        event.get("data", {}),
                    )
                )
                started = None
            elif event["event"] == "bye":
                said_bye = True
        status = self.process.returncode
        if hung is not None:
            detail = f"no step for {hung:.1f} s; processes of the session:\n{self.process_table()}\n{self.output}"
            outcomes.append(Outcome(started or "(end)", "hang", detail, hung))
        elif started is not None:
            outcomes.append(Outcome(started, "crashed", f"exit status {status}\n{self.output}"))
        elif not said_bye or status != 0:
            outcomes.append(Outcome("(end)", "crashed", f"exit status {status}, said bye: {said_bye}\n{self.output}"))
        return outcomes

    def look_for_leftovers(self) -> list[Outcome]:
        """What the ended program left behind: processes, temporary files, shared memory."""
        end = time.monotonic() + GRACE
        while (rest := list(self.members())) and time.monotonic() < end:
            time.sleep(0.02)
        found = [f"process {describe(process)}" for process in rest]
        found += [f"temporary file {path.name}" for path in sorted(self.temporary.iterdir())]
        found += [f"shared memory {name}" for name in self.leaked_shared_memory()]
        return [Outcome("(end)", "leftovers", "\n".join(found) + "\n" + self.output)] if found else []

    def members(self) -> Iterator[psutil.Process]:
        """All processes of this run: in its session, or with its marker in their environment."""
        needle = f"{MARKER}={self.run_id}".encode()
        for pid in psutil.pids():
            if pid == self.process.pid and self.process.returncode is not None:
                continue
            try:
                ours = os.getsid(pid) == self.process.pid or needle in Path(f"/proc/{pid}/environ").read_bytes()
                if ours:
                    yield psutil.Process(pid)
            except (OSError, psutil.Error):
                continue

    def process_table(self) -> str:
        return "\n".join("  " + describe(process) for process in self.members())

    def kill_all(self) -> None:
        """End every process of the run; a process that forks meanwhile is met in the next round."""
        for _ in range(50):
            members = list(self.members())
            for process in members:
                with contextlib.suppress(psutil.Error):
                    process.kill()
            if self.process.poll() is not None and not members:
                return
            time.sleep(0.02)

    def remove_cgroups(self) -> None:
        """Memory cgroups that a hung program could not remove; their names end with its pid."""
        for folder in (
            *CGROUPS.glob(f"safepool-*-{self.process.pid}"),
            *CGROUPS.glob(f"*/safepool-*-{self.process.pid}"),
        ):
            for _ in range(100):  # the kernel needs a moment after the death of its last process
                try:
                    folder.rmdir()
                    break
                except OSError:
                    time.sleep(0.01)

    def leaked_shared_memory(self) -> list[str]:
        """New names that no process has had in use for a second.

        A name may be on its way out (multiprocessing's resource tracker unlinks after the end of its program),
        and it may be another program's, so that nothing is removed here, only reported.
        """
        end = time.monotonic() + 1.0
        leaked = shared_memory() - self.shm_before
        while leaked and time.monotonic() < end:
            leaked = {name for name in leaked if not in_use(SHM / name)}
            time.sleep(0.05)
        return sorted(leaked)


def shared_memory() -> set[str]:
    """Names in shared memory that safepool or the standard library's SharedMemory may have made.

    What other programs on the machine make meanwhile (semaphores, folders of other pools) cannot be told from leaks.
    """
    return (
        {name for name in os.listdir(SHM) if "safepool" in name or name.startswith("psm_")} if SHM.is_dir() else set()
    )


def in_use(path: Path) -> bool:
    """Whether some process maps or opens `path`: shared memory of another program that is at work, not a leak.

    Compared by inode: the name that /proc shows for a POSIX semaphore is the one glibc made it under.
    """
    try:
        inode = path.stat().st_ino
    except OSError:
        return True  # gone meanwhile
    needle = f" {inode} "
    for pid in psutil.pids():
        with contextlib.suppress(OSError):
            maps = Path(f"/proc/{pid}/maps").read_text(errors="replace")
            if any(needle in line and str(SHM) in line for line in maps.splitlines()):
                return True
            for link in Path(f"/proc/{pid}/fd").iterdir():
                with contextlib.suppress(OSError):
                    if os.readlink(link).startswith(str(SHM)) and link.stat().st_ino == inode:
                        return True
    return False


def catches(pid: int, signum: int) -> bool:
    """Whether process `pid` has a handler for `signum` (SigCgt in /proc/PID/status, proc(5))."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("SigCgt:"):
            return bool(int(line.split()[1], 16) >> (signum - 1) & 1)
    return False


def describe(process: psutil.Process) -> str:
    try:
        with process.oneshot():
            command = " ".join(process.cmdline())[:120] or process.name()
            return f"{process.pid} (parent {process.ppid()}, {process.status()}): {command}"
    except psutil.Error as error:
        return str(error)


def remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
