"""``scene``: who waits where, told by the functions on the stacks."""

from __future__ import annotations

from repro.observation import Fault, Holding, Member, Observation
from repro.verdicts import stacks
from repro.verdicts.scene import Scene

WORKER = """\
Current thread 0x01 (most recent call first):
  File "multiprocessing/connection.py", line 379 in _recv
  File "concurrent/futures/process.py", line 240 in _process_worker
"""
PARENT = """\
Thread 0x02 (most recent call first):
  File "concurrent/futures/process.py", line 400 in wait_result_broken_or_wakeup
Current thread 0x03 (most recent call first):
  File "threading.py", line 300 in wait
"""
TRACKER = """\
Current thread 0x01 (most recent call first):
  File "multiprocessing/resource_tracker.py", line 200 in main
"""


def scene(*holdings: Holding, workers: dict[int, str] | None = None, members: tuple[Member, ...] = ()) -> Scene:
    seen = Observation(events=[], main_pid=10, holdings=list(holdings), members=list(members))
    told = {pid: stacks.threads(text) for pid, text in ({11: WORKER} if workers is None else workers).items()}
    return Scene(Fault([1], 1, -9, True), seen, stacks.threads(PARENT), told, True, "call")


def test_threads_are_known_by_their_functions() -> None:
    one = scene()
    assert one.parent_in("wait") is not None
    assert one.parent_in("wait", "wait_result_broken_or_wakeup") is None  # two threads
    assert one.manager_waits() is not None
    assert one.has_standard_worker()
    assert one.workers_in("_recv", "_process_worker") == {11}
    assert one.main_file("threading.py")
    assert not one.main_file("process.py")
    assert one.any_file("process.py")


def test_who_has_no_stack_may_be_anywhere() -> None:
    """If the pool has started it, and it lives."""
    assert scene(Holding(12, 10, "S", [], [])).may_be_anywhere()
    assert not scene(Holding(11, 10, "S", [], [])).may_be_anywhere()
    assert not scene(Holding(12, 10, "Z", [], [])).may_be_anywhere()
    assert not scene(Holding(12, 11, "S", [], [])).may_be_anywhere()
    server = Member(11, 10, 0.1, None, "S", "python -c from multiprocessing.forkserver import main")
    assert scene(Holding(12, 11, "S", [], []), members=(server,)).may_be_anywhere()


def test_only_helpers_are_left() -> None:
    """Known by their stacks; where nobody was looked at, nothing is said."""
    main, other = Holding(10, 1, "S", [], []), Holding(11, 10, "S", [], [])
    assert scene(main, other, workers={11: TRACKER}).only_helpers()
    assert not scene(main, other).only_helpers()
    assert not scene().only_helpers()


def test_who_is_stopped_has_no_stack_to_tell() -> None:
    assert scene(Holding(11, 10, "T", [], [])).stopped()
    assert not scene(Holding(11, 10, "S", [], [])).stopped()
