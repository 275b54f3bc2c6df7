"""What is no fault of the pool's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from repro.diagnose.diagnosis import diagnose
from repro.diagnose.kinds import Kind
from repro.observation import Window
from repro.tree.memory import Memory
from repro.verdicts.stacks import Thread
from tests.repro.diagnose import kept
from tests.repro.diagnose.kept import ASKS, ELSEWHERE, READS_CALLS, TASK, frame, handlers, kind, pool, process, thread


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"cache": "{}"}, Kind.IDLE_POOL),
        ({"cache": "{}", "asks": ELSEWHERE}, Kind.IDLE_POOL),
        ({"cache": "", "asks": ELSEWHERE}, Kind.IDLE_POOL),
    ],
)
def test_an_idle_pool_has_lost_nothing(change: dict[str, object], told: Kind) -> None:
    """All calls are answered, or nobody asks."""
    assert kind(kept.idle_workers(**change)) is told  # type: ignore[arg-type]


def test_who_computes_is_only_slow() -> None:
    """A worker that used most of a core between the looks."""
    seen = pool(process(10, 1, ASKS, *handlers()), process(11, 10, TASK), moved={10: (0, 0), 11: (390_000_000, 4)})
    found = diagnose(replace(seen, window=Window(0.4, 2, 390.0, 4, 2, 0)))
    assert (found.kind, found.status) == (Kind.ONLY_SLOW, 0)
    assert "worker 11 uses 98% of a core in resize(path='photo-3.jpg') at job.py:7" in found.finding.evidence[0]


def test_where_to_look_is_said() -> None:
    """At what the task has called, whatever that is named; where no stack tells, at what was said before."""
    found = diagnose(pool(process(10, 1, ASKS, *handlers()), process(11, 10, TASK)))
    assert (found.kind, found.status) == (Kind.OUTSIDE, 0)
    assert found.now.startswith("Wait, or look at resize() at job.py:7: why ")
    odd = thread(frame("{x}", "job.py", 7), *TASK.frames[1:])
    assert "{x}() at job.py:7" in diagnose(pool(process(10, 1, ASKS, *handlers()), process(11, 10, odd))).now


def test_a_task_that_starts_commands_is_slow() -> None:
    """Not so where another program of the tree does."""
    seen = replace(kept.idle_workers(cache="{}"), born=[99], gone=[98])
    assert kind(replace(seen, parents={99: 11, 98: 11})) is Kind.ONLY_SLOW
    assert kind(replace(seen, parents={99: 77, 98: 77})) is Kind.IDLE_POOL


def test_who_swaps_is_slow_and_who_waits_for_memory_does_not_move() -> None:
    """A program whose pages come and go is scheduled each time that one has come."""
    waits = pool(process(10, 1, ASKS, *handlers()), process(11, 10, TASK, state="D"))
    full = replace(waits, memory=Memory(limit=64 << 20, used=64 << 20))
    found = diagnose(full)
    assert found.kind is Kind.OUT_OF_MEMORY
    assert "64 of 64 MiB" in found.finding.evidence[0]
    assert kind(replace(full, moved={10: (0, 0), 11: (1_000_000, 3)})) is Kind.ONLY_SLOW
    assert kind(replace(waits, memory=Memory(limit=64 << 20, used=32 << 20))) is Kind.ONLY_SLOW


def test_whose_future_it_is_may_not_be_seen() -> None:
    """A pool of threads is at work, and an executor idles: both have the same futures. Where those threads idle, too, or one
    is the one that asks, it is the executor's."""
    future = frame("result", "concurrent/futures/_base.py")
    main = thread(frame("wait", "threading.py"), future, frame("<module>", "job.py", 7))
    loop, manager = frame("_worker", "concurrent/futures/thread.py"), manages()
    works = thread(frame("run", "concurrent/futures/thread.py"), loop, main=False)
    asks = thread(future, frame("one", "job.py"), frame("run", "concurrent/futures/thread.py"), loop, main=False)
    found = diagnose(pool(process(10, 1, main, works, manager), process(11, 10, READS_CALLS)))
    assert found.kind is Kind.CANNOT_TELL
    assert "result() at job.py:7 waits for a future" in found.finding.evidence[0]
    for other in (thread(loop, main=False), asks):
        assert kind(pool(process(10, 1, main, other, manager), process(11, 10, READS_CALLS))) is Kind.LOST_TASK


def manages() -> Thread:
    """The threads of an executor in peace, as one."""
    waits = frame("wait_result_broken_or_wakeup", "concurrent/futures/process.py")
    return thread(frame("_feed", "multiprocessing/queues.py"), waits, main=False)
