"""The two readers of raw evidence: stacks as faulthandler prints them, and the threads' activity before the deadline."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from repro.observation import Observation
from repro.observer import watchdog
from repro.plan import interpreters
from repro.verdicts import pace, stacks
from tests.repro import lab

#: As CPython 3.8 to 3.13 print them, and 3.14 on with the thread's name (Python/traceback.c).
OLD = """\
Thread 0x00007f3604b3f6c0 (most recent call first):
  File "/usr/lib/python3.8/multiprocessing/connection.py", line 379 in _recv
  File "/usr/lib/python3.8/multiprocessing/pool.py", line 576 in _handle_results
  File "/usr/lib/python3.8/threading.py", line 870 in run

Current thread 0x00007f3604e07400 (most recent call first):
  File "/usr/lib/python3.8/threading.py", line 302 in wait
  File "/usr/lib/python3.8/multiprocessing/pool.py", line 765 in wait
  File "/home/a b (c)/x.py", line 3 in <module>
"""
NEW = OLD.replace("6c0 (", "6c0 [Thread-3 (_handle_results)] (").replace("400 (", "400 [python3.15] (")


@pytest.mark.parametrize("text", [OLD, NEW])
def test_the_main_thread_comes_first(text: str) -> None:
    """Each thread waits in its innermost function that is not one of the primitives that all waits share."""
    assert stacks.places(text) == ["wait (multiprocessing/pool.py:765)", "_recv (multiprocessing/connection.py:379)"]


@pytest.mark.parametrize("text", [OLD, NEW])
def test_compact_stacks_tell_the_same(text: str) -> None:
    """Stacks without the folders of somebody's disk say the same of every thread."""
    short = stacks.compact(text)
    assert stacks.places(short) == stacks.places(text)
    assert "/usr" not in short
    assert "/home" not in short


def test_a_wait_in_a_primitive_is_told_as_that() -> None:
    """A thread that runs nothing but primitives waits in the innermost of them; one without Python frames says so."""
    head = "Thread 0x0{} (most recent call first):\n"
    text = head.format(1) + '  File "/lib/threading.py", line 5 in wait\n' + head.format(2)
    assert stacks.places(text) == ["no Python frame", "wait (lib/threading.py:5)"]


@pytest.mark.parametrize(
    "text", ["", "\n", "Fatal Python error\n", '  File "x.py", line 1 in f\n', "\0\0", "Thread 0x1"]
)
def test_text_that_is_no_stack_has_no_threads(text: str) -> None:
    """Nothing, or something else, is no stack, and no error either: stacks are evidence, not a verdict."""
    assert stacks.places(text) == []


PROGRAM = """
import faulthandler, sys, threading
def waits_here(): threading.Event().wait()
def asks(): faulthandler.dump_traceback(all_threads=True, file=sys.stdout)
started = threading.Event()
thread = threading.Thread(target=lambda: (started.set(), waits_here()), name="a [b] c", daemon=True)
thread.start()
started.wait()
asks()
"""


def test_every_interpreter_here_prints_what_is_read() -> None:
    """The format is faulthandler's own, and has changed before: what each interpreter here prints is understood."""
    for python in interpreters.every():
        printed = subprocess.run(
            [python.path, "-c", PROGRAM], text=True, capture_output=True, timeout=lab.DEADLINE, check=True
        )
        places = stacks.places(printed.stdout)
        assert len(places) == 2, python.version
        assert places[0].startswith("asks (")


HALF_A_MESSAGE = """
import json, multiprocessing, os, struct, sys, threading, time
from repro.subject import stacks
reader, writer = multiprocessing.Pipe(duplex=False)
idle, idle_writer = multiprocessing.Pipe(duplex=False)
full_reader, full = multiprocessing.Pipe(duplex=False)
os.write(writer.fileno(), struct.pack("!i", 1000) + b"x" * 250)
for act in (reader.recv, idle.recv, lambda: full.send_bytes(b"x" * 3000000)):
    threading.Thread(target=act, daemon=True).start()
said, end = [], time.monotonic() + 20
while len(said) < 2 or [one for one in said if one["remaining"] == 1000]:
    assert time.monotonic() < end, said
    said = sorted(stacks.half_messages(), key=lambda one: one["direction"])
print(json.dumps(said), flush=True)
os._exit(0)
"""


def test_every_interpreter_here_tells_its_half_messages() -> None:
    """The reader that waits for the rest of a body, and the writer at a full pipe; not the one that waits for a header."""
    for python in interpreters.every():
        done = subprocess.run(
            [python.path, "-c", HALF_A_MESSAGE], cwd=lab.ROOT, text=True, capture_output=True, timeout=lab.DEADLINE
        )
        assert done.returncode == 0, (python.version, done.stderr)
        incoming, outgoing = json.loads(done.stdout)
        assert incoming == {"direction": "in", "size": 1000, "remaining": 750}, python.version
        assert (outgoing["direction"], outgoing["size"]) == ("out", 3000000), python.version


def test_a_window_counts_what_happened_between_its_looks() -> None:
    """CPU time and switches of threads that stayed, all of those that came, and a switch for each that went."""
    looks = [
        (0.0, {(1, 1): (1_000_000, 10), (2, 2): (0, 5)}),
        (0.5, {(1, 1): (3_000_000, 11), (3, 3): (500_000, 2)}),
        (1.0, {(1, 1): (3_000_000, 11), (3, 3): (500_000, 2), (3, 4): (0, 1)}),
    ]
    window = pace.window(looks)
    assert (window.seconds, window.samples) == (1.0, 3)
    assert (window.cpu_ms, window.busiest_ms) == (2.5, 2.0)
    assert window.switches == (11 - 10) + 2 + 1 + 1
    assert (window.processes, window.new_processes) == (2, 1)


def test_two_equal_looks_are_quiet() -> None:
    """Two equal answers of the kernel mean that nothing ran in between."""
    look = {(1, 1): (7, 7), (1, 2): (9, 9)}
    window = pace.window([(0.0, look), (1.0, look)])
    assert (window.cpu_ms, window.switches, window.new_processes) == (0.0, 0, 0)


def test_a_process_that_came_and_went_leaves_a_trace() -> None:
    """Respawned processes may all be gone at the last look: one that was seen in between is a new process all the same."""
    look = {(1, 1): (7, 7)}
    window = pace.window([(0.0, look), (0.5, {**look, (9, 9): (0, 0)}), (1.0, look)])
    assert (window.processes, window.new_processes) == (1, 1)
    assert window.switches > 0


def test_a_late_watchdog_looks_as_long(tmp_path: Path) -> None:
    """When the observer itself was held up past a deadline, it does not take four looks in a row for a second of quiet."""
    process = SimpleNamespace(pid=os.getpid(), poll=lambda: None)
    watch = watchdog.Watch(SimpleNamespace(process=process, directory=tmp_path, group=None), timeout=5.0)  # type: ignore[arg-type]
    now = time.monotonic() + 3600
    end = now + 10
    while watch.stage is watchdog.Stage.RUNNING and now < end:
        watch._watch([], now)
        now += 0.01
    assert watch._windows[-1].samples == watchdog.LOOKS
    assert watch._windows[-1].seconds >= 0.8 * watchdog.WINDOW


@pytest.mark.parametrize(
    ("fault_after", "deadline"),
    [(None, 5.0), (0.3, 5.0), (2.5, 5.0), (3.5, 6.0), (3.9, 6.4), (4.3, 6.8), (4.9, 7.4), (99.0, 5.0)],
)
def test_a_fault_that_comes_late_has_its_time(tmp_path: Path, fault_after: float | None, deadline: float) -> None:
    """A pool has at least half of the timeout to answer a fault, however long its start took; a fault that says that it is yet
    to come counts for nothing."""
    process = SimpleNamespace(pid=os.getpid(), poll=lambda: None)
    watch = watchdog.Watch(SimpleNamespace(process=process, directory=tmp_path, group=None), timeout=5.0)  # type: ignore[arg-type]
    if fault_after is not None:
        fault = {"event": "fault", "pid": 1, "t": int((watch._started + fault_after) * 1e9)}
        (tmp_path / "events.jsonl").write_text(json.dumps(fault) + "\n")
    now = watch._started
    while watch.stage is watchdog.Stage.RUNNING and now < watch._started + 20:
        watch._watch([], now)
        now += 0.01
    assert now - watch._started == pytest.approx(deadline, abs=0.03)
    assert watch._windows[-1].seconds == pytest.approx(watchdog.WINDOW, abs=0.03)


@pytest.mark.parametrize("late", [0.0, 0.15, 0.46])
def test_a_late_look_is_the_deadline(tmp_path: Path, late: float) -> None:
    """The watchdog and the judge count from the same end: a result from before the last window is no progress in it, however late
    the observer came to its last look."""
    process = SimpleNamespace(pid=os.getpid(), poll=lambda: None)
    watch = watchdog.Watch(SimpleNamespace(process=process, directory=tmp_path, group=None), timeout=5.0)  # type: ignore[arg-type]
    events = [("begin", 0.1, {}), ("delivered", 3.95, {"task": 1, "value": 1})]
    lines = [{"event": name, "pid": 1, "t": int((watch._started + at) * 1e9), **more} for name, at, more in events]
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    now = watch._started
    while watch.stage is watchdog.Stage.RUNNING and now < watch._started + 20:
        watch._watch([], now)
        now += (
            late if late and len(watch._looks) == watchdog.LOOKS - 1 and now < watch._deadline <= now + 0.011 else 0.01
        )
    seen = Observation(timeout=watch._deadline - watch._started, launched=watch._launched, events=lines)
    assert pace.slow(seen, watch._windows[-1]) is None
    assert watch._deadline - watch._started == pytest.approx(5.0 + late, abs=0.03)
