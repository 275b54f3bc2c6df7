"""Snapshots of programs that really hung, kept without their values; and small ones made by hand."""

from __future__ import annotations

import lzma
from pathlib import Path
from typing import Any

import pytest

from repro.diagnose import snapshot, whose
from repro.diagnose.diagnosis import diagnose
from repro.diagnose.kinds import Kind
from repro.diagnose.snapshot import Seen, Snapshot
from repro.diagnose.view import Worker
from repro.observation import Holding, Wait, Window
from repro.tree.calls import Call
from repro.verdicts.stacks import Frame, Thread
from tests.repro import lab

FOLDER = Path(__file__).parent / "snapshots"


def names() -> list[str]:
    return sorted(path.name.removesuffix(".json.xz") for path in FOLDER.glob("*.json.xz"))


def read(name: str) -> Snapshot:
    """One of them. An sdist comes with a few only."""
    if (lab.ROOT / "PKG-INFO").exists() and not (FOLDER / f"{name}.json.xz").exists():
        pytest.skip("this is an unpacked sdist, which leaves most snapshots out; a checkout has them")
    return snapshot.from_json(lzma.decompress((FOLDER / f"{name}.json.xz").read_bytes()).decode(), name)


def kind(seen: Snapshot) -> Kind:
    """What is said of it."""
    return diagnose(seen).kind


def frame(function: str, file: str, line: int = 1, source: str = "", **values: str) -> Frame:
    """A frame; of a file without a path, one of the program's own."""
    library = "multiprocessing" in file or "concurrent" in file or file in ("threading.py", "queue.py")
    return Frame(f"/usr/lib/python3.12/{file}" if library else file, str(line), function, source, values)


def thread(*frames: Frame, main: bool = True, name: str = "") -> Thread:
    return Thread(frames, main, name, most=100)


READS = thread(
    frame("_recv", "multiprocessing/connection.py"),
    frame("_recv_bytes", "multiprocessing/connection.py"),
    frame("recv_bytes", "multiprocessing/connection.py"),
    frame("get", "multiprocessing/queues.py"),
    frame("worker", "multiprocessing/pool.py"),
)
#: The same of an executor.
READS_CALLS = thread(
    frame("_recv", "multiprocessing/connection.py"),
    frame("get", "multiprocessing/queues.py"),
    frame("_process_worker", "concurrent/futures/process.py"),
)
LOCKED = thread(
    frame("__enter__", "multiprocessing/synchronize.py"),
    frame("get", "multiprocessing/queues.py"),
    frame("worker", "multiprocessing/pool.py"),
)
TASK = thread(
    frame("resize", "job.py", 7, path="'photo-3.jpg'"),
    frame("mapstar", "multiprocessing/pool.py"),
    frame("worker", "multiprocessing/pool.py"),
)
ASKS = thread(
    frame("wait", "threading.py"),
    frame("wait", "multiprocessing/pool.py"),
    frame("get", "multiprocessing/pool.py"),
    frame("map", "multiprocessing/pool.py"),
    frame("<module>", "job.py", 31),
)
ELSEWHERE = thread(frame("accept", "server.py", 12), frame("<module>", "server.py", 40))
ONE_CALL = "{0: <MapResult at 0x1>}"


def handlers(cache: str = ONE_CALL, limited: str = "None", **more: str) -> list[Thread]:
    """The three threads of Pool, in peace."""
    return [
        thread(
            frame("_recv", "multiprocessing/connection.py"),
            frame("_recv_bytes", "multiprocessing/connection.py", source="buf = self._recv(4)"),
            frame("_handle_results", "multiprocessing/pool.py", cache=cache),
            main=False,
        ),
        thread(frame("_handle_tasks", "multiprocessing/pool.py", cache=cache), main=False),
        thread(frame("_handle_workers", "multiprocessing/pool.py", maxtasksperchild=limited, **more), main=False),
    ]


def process(pid: int, parent: int, *threads: Thread, **more: Any) -> Seen:
    """A Python of some age. more: what is other than usual."""
    usual: dict[str, Any] = {
        "state": "S",
        "exit_status": None,
        "age": 900.0,
        "cpu": 1.0,
        "user": 1000,
        "python": "3.12",
    }
    numbers = [pid, *(1000 * pid + one for one in range(1, len(threads)))]  # the kernel has a thread for each stack
    usual |= {"command": "python job.py", "calls": [Call(one, "S", "futex", "", (), False, False) for one in numbers]}
    return Seen(pid=pid, parent=parent, threads=list(threads), **{**usual, **more})


def worker(pid: int, parent: int, *threads: Thread, **more: Any) -> Worker:
    """The same, known as a worker by its stack."""
    return whose.worker(process(pid, parent, *threads, **more))


def pool(program: Seen, *workers: Seen, **more: Any) -> Snapshot:
    """A program with its workers, of which nobody did anything between two looks."""
    usual: dict[str, Any] = {
        "holdings": [Holding(one.pid, one.parent, one.state, [], []) for one in (program, *workers)],
        "window": Window(0.4, 2, 0.0, 0, 1 + len(workers), 0),
        "moved": {one.pid: (0, 0) for one in (program, *workers)},
    }
    return Snapshot(pid=program.pid, taken=0.0, took=0.5, processes=[program, *workers], **{**usual, **more})


def idle_workers(*, asks: Thread = ASKS, cache: str = ONE_CALL, ages: tuple[float, ...] = (900, 900, 900)) -> Snapshot:
    """A Pool whose workers wait for a task, and somebody who asks for results."""
    workers = [process(11 + number, 10, LOCKED if number else READS, age=age) for number, age in enumerate(ages)]
    return pool(process(10, 1, asks, *handlers(cache), reaped=430 if len(set(ages)) > 1 else 0), *workers)


def waits_for_lock(snapshot_: Snapshot, number: int) -> list[Holding]:
    """The holdings of a snapshot, all workers of which wait for one semaphore."""
    return [
        Holding(
            one.pid,
            one.parent,
            one.state,
            [],
            [],
            [f"semaphore {number}"],
            [Wait(one.pid, "semaphore", None, f"semaphore {number}")],
        )
        for one in snapshot_.processes
    ]
