"""What the tests of the suite share: cells made by hand, one way to run them for real, one way to run the command line."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

import repro
from repro.observation import Observation
from repro.observer import cgroup
from repro.observer.run import Ran, in_order
from repro.plan import catalogue, interpreters, matrix
from repro.plan.catalogue import PoolEntry, ScenarioEntry
from repro.plan.interpreters import Interpreter
from repro.plan.matrix import Cell
from repro.subject import loading
from repro.subject.pools.concurrent_futures import ExecutorInterface
from repro.tree import calls, processes

#: The folder that holds the packages under test.
ROOT = Path(repro.__file__).resolve().parent.parent
HERE = Path(__file__).parent

#: For tests that read the records of the committed runs. An sdist comes without them; in a checkout they must be there.
needs_records = pytest.mark.skipif(
    (ROOT / "PKG-INFO").exists() and not (ROOT / "reports" / "reference" / "results.jsonl").exists(),
    reason="this is an unpacked sdist, which leaves the large records of reports/ out; a checkout has them",
)

#: The same examples every time, and no clock.
steady = settings(derandomize=True, deadline=None)

#: The scenarios that a bare ``repro run`` takes; it is to stay quick.
BARE = ("ok", "sys-exit", "sys-exit-0", "os-exit", "os-exit-0", "sigterm", "sigkill", "oom", "segfault", "abort")

#: In the environment of every process that these tests start, and of those that these start: what bears it and still runs
#: after a test was left behind by it.
MARK = "REPRO_TESTED_BY"

#: How long a command may take before it counts as stuck, in seconds. Far longer than any takes: no test measures time.
DEADLINE = 90


class Fine(ExecutorInterface):
    """An adapter with nothing wrong."""

    name = label = "fine"

    def open(self, workers: int, start_method: str, **options: Any) -> Any:
        return ThreadPoolExecutor(workers)


def scenario(name: str) -> ScenarioEntry:
    """A scenario of the suite, or one of those in ``tests/repro/scenarios``."""
    file = HERE / "scenarios" / f"{name}.py"
    return ScenarioEntry(loading.scenario(str(file)), file) if file.exists() else catalogue.scenarios()[name]


def miniature(name: str) -> PoolEntry:
    """A fake pool of ``tests/repro/miniatures``."""
    file = HERE / "miniatures" / f"{name}.py"
    return PoolEntry(loading.pool(str(file)), file)


def miniature_cell(name: str, fault: str = "sigkill", python: Interpreter | None = None) -> Cell:
    """A cell of a fake pool with a scenario. python: this interpreter, if no other is given."""
    (cell,) = matrix.expand([scenario(fault)], [miniature(name)], [], ["fork"], [python or interpreters.current()])
    return cell


def run_cells(cells: Sequence[Cell], timeout: float, jobs: int | None = None) -> list[Ran]:
    """Run cells as ``repro run`` does, and judge them. timeout: the watchdog's, in seconds. Returns them in the cells' order."""
    return in_order(cells, timeout, jobs or 2 * (os.cpu_count() or 1))


def cut(observation: Observation, **changes: object) -> Observation:
    """An observation with some facts replaced."""
    return replace(observation, **changes)  # type: ignore[arg-type]


def environment(changes: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """That of a command under test: the packages from the working tree, no colour by accident. changes: None removes."""
    inherited = {
        name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")
    }
    wanted = {**inherited, "PYTHONPATH": str(ROOT), **(changes or {})}
    return {name: value for name, value in wanted.items() if value is not None}


#: The pids of the observers that were started here: their cgroups bear their names.
observers: set[int] = {os.getpid()}


def start(
    arguments: Iterable[str | Path], cwd: Path, changes: Mapping[str, str | None] | None = None, **keywords: object
) -> subprocess.Popen[str]:
    """``repro ARGUMENTS`` in a session of its own, its output in pipes."""
    process = subprocess.Popen(
        [sys.executable, "-m", "repro", *map(str, arguments)],
        **{  # type: ignore[call-overload]
            **{"cwd": cwd, "env": environment(changes), "stdin": subprocess.DEVNULL, "text": True},
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "start_new_session": True},
            # a signal that whoever started these tests ignores (nohup: SIGHUP) would stay ignored
            "preexec_fn": lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
            **keywords,
        },
    )
    observers.add(process.pid)
    return process


def command(
    *arguments: str | Path, cwd: Path, changes: Mapping[str, str | None] | None = None, **keywords: object
) -> subprocess.CompletedProcess[str]:
    """``repro ARGUMENTS``, to its end."""
    process = start(arguments, cwd, changes, **keywords)
    with ended(process):
        output, errors = process.communicate(timeout=DEADLINE)
    return subprocess.CompletedProcess(arguments, process.returncode, output or "", errors or "")


@contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[None]:
    """A process that is killed, with its session, if the block fails."""
    try:
        yield
    except BaseException:
        kill_session(process)
        raise


def kill_session(process: subprocess.Popen[str]) -> None:
    """SIGKILL to everything in the session that a process leads, until nothing of it runs; then its status is collected. A kill
    is not an end: on a busy machine what was killed is seen for a while."""
    if process.returncode is None:
        while alive := [one for one in processes.scan().values() if one.session == process.pid and not one.zombie]:
            processes.kill(alive)
        process.wait()


def main_call(pid: int, *names: str) -> calls.Call:
    """That of the main thread, as soon as it is in one of these calls."""
    deadline = time.monotonic() + DEADLINE
    while True:
        found = next((call for call in calls.of(pid) if call.number == pid), None)
        if found is not None and found.name in names and found.state == "S":
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.01)


def marked() -> dict[int, str]:
    """Every process that bears this run's mark, but for this one, and for those that were killed and are on their way out:
    pid -> command line."""
    found = {}
    for entry in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        if entry.isdigit() and int(entry) != os.getpid() and not _is_ending(int(entry)):
            try:
                with open(f"/proc/{entry}/environ", "rb") as file:
                    if f"{MARK}={os.environ[MARK]}".encode() in file.read().split(b"\0"):
                        with open(f"/proc/{entry}/cmdline", "rb") as line:
                            found[int(entry)] = line.read().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                pass
    return found


def _is_ending(pid: int) -> bool:
    """Whether a process has a SIGKILL that it has not obeyed yet, or is past it: PF_EXITING, field 9 of proc_pid_stat(5)."""
    flags = calls.text(f"/proc/{pid}/stat").rpartition(")")[2].split()[6:7]
    pending = calls.text(f"/proc/{pid}/status").partition("ShdPnd:")[2].split(maxsplit=1)[:1]
    return any(int(one) & 4 for one in flags) or any(int(one, 16) >> (signal.SIGKILL - 1) & 1 for one in pending)


def end_marked() -> None:
    """SIGKILL to whatever bears the mark, until nothing does."""
    while marked():
        for pid in marked():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        reap()


def cgroups() -> list[Path]:
    """The memory cgroups that observers of these tests made, and that are still there. Other runs on this machine have theirs."""
    return [
        path
        for parent, _version in cgroup._parents()
        for pid in observers
        for path in parent.glob(cgroup._NAME.format(pid=pid, number="*"))
    ]


def clean() -> None:
    """Remove the files and cgroups that observers left which could not do it themselves."""
    for path in Path(os.environ["TMPDIR"]).iterdir():
        shutil.rmtree(path, ignore_errors=True)
    for path in cgroups():
        path.rmdir()


def reap() -> list[int]:
    """Collect the zombies that are our children; returns their pids."""
    collected = []
    while True:
        try:
            pid, _status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return collected
        if pid == 0:
            return collected
        collected.append(pid)


def stored_run(place: Path) -> Path:
    """A small run of the real command, every kind of outcome in it; returns its directory."""
    pools = ["--pool", "Pool", "--pool", "ProcessPoolExecutor"]
    scenarios = ["--scenario", "ok", "--scenario", "sys-exit", "--scenario", "sigkill"]
    ran = command("run", *pools, *scenarios, "--timeout", "4", "--output", place / "run", cwd=place)
    assert ran.returncode == 0, ran.stderr
    (place / "printed").write_text(ran.stdout)
    return place / "run"
