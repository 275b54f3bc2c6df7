"""What became of an item comes to its owner at least once, whatever hits the one who tells; users' code runs elsewhere."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from safepool.core.states import Task
from safepool.engine import outcomes
from safepool.engine.outcomes import Outcomes
from safepool.protocol.words import SKIPPED
from tests.safepool.engine.interruptions import interruptions


class Owner:
    """Remembers what it is told, as (index, entry)."""

    settle_items: Any = None

    def __init__(self) -> None:
        self.told: list[tuple[int, Any]] = []

    def settle_item(self, index: int, entry: Any) -> None:
        self.told.append((index, entry))


class Crowd(Owner):
    """Takes several at once."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[int] = []

    def settle_items(self, batch: list[tuple[int, Any]]) -> None:
        self.times.append(len(batch))
        self.told += batch


class Errands:
    """Instead of a thread for users' functions: remembers them."""

    def __init__(self) -> None:
        self.asked: list[Callable[[], Any]] = []

    def call(self, function: Callable[[], Any]) -> None:
        self.asked.append(function)


@pytest.fixture
def found() -> Iterator[Outcomes]:
    one = Outcomes("test-outcomes")
    yield one
    one.stop()
    for helper in (one.callbacks, one.pickling, one.logs):
        helper.join(30)


def fill(found: Outcomes, errands: Errands) -> tuple[Owner, Crowd, Crowd, list[Task]]:
    """Outcomes of three owners, mixed, with parts that have to be pickled again, and errands."""
    single, one, other = Owner(), Crowd(), Crowd()
    refilled: list[Task] = []
    found.refill = refilled.append
    for index, owner in enumerate([single, one, one, other, one, one, single, other]):
        found.settled.append((Task(owner, 10 * index, 2, None), 1, index))
    for owner in (one, single):
        found.settled.append((Task(owner, 0, 3, None), 0, (SKIPPED, 3)))
    found.settled.append((Task(one, 100, 1, None), 0, "last"))
    for name in "ab":
        found.errands.append((errands, name))  # type: ignore[arg-type]
    return single, one, other, refilled


ALL = {
    "single": [(1, 0), (61, 6)],
    "one": [(11, 1), (21, 2), (41, 4), (51, 5), (100, "last")],
    "other": [(31, 3), (71, 7)],
}


@pytest.mark.parametrize("ours", [False, True])
def test_every_owner_is_told_once_and_in_order(found: Outcomes, ours: bool) -> None:
    """Undisturbed, no owner hears of anything twice; several at once where the owner wants that; parts are pickled again."""
    errands = Errands()
    single, one, other, refilled = fill(found, errands)
    found.deliver(ours)
    assert {"single": single.told, "one": one.told, "other": other.told} == ALL
    assert one.times == [2, 2]  # the last one was alone
    assert len(refilled) == 2
    assert errands.asked == ["a", "b"]
    assert not found.settled
    assert not found.errands


def test_what_was_too_much_together_is_pickled_again_apart(found: Outcomes) -> None:
    """Its worker says so; everything else that it did not begin goes on as it is."""
    owner, together, apart = Owner(), list[Task](), list[Task]()
    found.refill, found.refill_each = together.append, apart.append
    first, second = Task(owner, 0, 3, None), Task(owner, 3, 3, None)
    found.settled += [(first, 0, (SKIPPED, 3)), (second, 0, (SKIPPED, 3, True))]
    found.deliver(True)
    assert (together, apart) == ([first], [second])
    assert owner.told == []


def test_interrupted_anywhere_every_owner_is_told_at_least_once() -> None:
    """An exception at each point of a delivery: what is delivered afterwards makes up for it, in whichever thread that is."""
    for at in interruptions((outcomes,), Owner.settle_item, Crowd.settle_items):
        found, errands = Outcomes("test"), Errands()
        single, one, other, refilled = fill(found, errands)
        at.call(found.deliver, False)
        found.deliver(True)
        for name, owner in (("single", single), ("one", one), ("other", other)):
            assert sorted(set(owner.told), key=str) == sorted(ALL[name], key=str), at.where
        assert len({id(task) for task in refilled}) == 2, at.where
        assert set(errands.asked) == {"a", "b"}, at.where
        assert not found.settled
        assert not found.errands


def test_interrupted_again_and_again_it_comes_to_an_end() -> None:
    """Each delivery is hit a little later than the one before; all of them together tell everybody."""
    found, errands = Outcomes("test"), Errands()
    single, one, other, _ = fill(found, errands)
    for at in interruptions((outcomes,)):
        at.call(found.deliver, False)
        if not found.settled and not found.errands:
            break
    assert set(single.told) == set(ALL["single"])
    assert set(one.told) == set(ALL["one"])
    assert set(other.told) == set(ALL["other"])


class Broken(Owner):
    """A bug of ours: it fails at every item, or at every batch."""

    def settle_item(self, index: int, entry: Any) -> None:
        super().settle_item(index, entry)
        raise ValueError(index)


class BrokenCrowd(Crowd):
    def settle_items(self, batch: list[tuple[int, Any]]) -> None:
        super().settle_items(batch)
        raise ValueError(len(batch))


def test_an_owner_that_fails_costs_the_others_nothing(found: Outcomes, caplog: pytest.LogCaptureFixture) -> None:
    """In the engine's thread: that is logged, and everybody else is told."""
    broken, crowd, well = Broken(), BrokenCrowd(), Crowd()
    for owner in (broken, crowd, crowd, well, broken, crowd, well, well):
        found.settled.append((Task(owner, len(found.settled), 1, None), 0, "entry"))
    with caplog.at_level(logging.ERROR, "safepool"):
        found.deliver(True)
        found.stop()
        found.logs.join(30)
    assert [index for index, _ in broken.told] == [0, 4]
    assert {index for index, _ in crowd.told} == {1, 2, 5}
    assert [index for index, _ in well.told] == [3, 6, 7]
    assert not found.settled
    assert "delivering a result failed" in caplog.text


def test_in_a_callers_thread_what_is_raised_comes_out(found: Outcomes) -> None:
    """It is a handler's; and the owner that it hit is told once more by the engine's thread."""
    broken = Broken()
    found.settled.append((Task(broken, 7, 1, None), 0, "entry"))
    with pytest.raises(ValueError, match="7"):
        found.deliver(False)
    assert len(found.settled) == 1


def test_users_code_runs_in_threads_for_one_purpose_each(found: Outcomes) -> None:
    """A callback that blocks holds up neither the pickling of a chunk's rest nor the log."""
    gate, blocked, pickled = threading.Event(), threading.Event(), threading.Event()
    found.errands.append((found.callbacks, lambda: (blocked.set(), gate.wait(30))))
    found.errands.append((found.pickling, pickled.set))
    found.deliver(False)
    try:
        assert blocked.wait(30)
        assert pickled.wait(30)
    finally:
        gate.set()


def test_a_thread_that_could_not_be_made_is_made_at_the_next_look(
    found: Outcomes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it was needed for waits until then, and is not lost."""
    done = threading.Event()

    def none_left(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", none_left)
        found.callbacks.call(done.set)
        found.look()
        assert not done.is_set()
    found.look()
    assert done.wait(30)


def test_a_guarded_step_keeps_what_fails_to_itself(found: Outcomes, caplog: pytest.LogCaptureFixture) -> None:
    """But for what is no Exception. It says so in the log, in the thread for that: a handler of the program's may block."""
    threads: list[str] = []
    with caplog.at_level(logging.DEBUG, "safepool"):
        found.guarded(lambda: 1 // 0)
        seen: list[int] = []
        found.guarded(seen.append, 3)
        found.logs.stop()
        found.logs.join(30)
    threads = [str(record.threadName) for record in caplog.records]
    assert seen == [3]
    assert threads == ["test-outcomes-log"]
    assert "ZeroDivisionError" in caplog.text


def test_where_there_is_no_memory_for_telling_an_owner_he_is_told_later(found: Outcomes) -> None:
    """And those behind him, in the engine's thread, which comes again; nothing is dropped."""

    class Poor(Owner):
        short = 2

        def settle_item(self, index: int, entry: Any) -> None:
            if self.short:
                self.short -= 1
                raise MemoryError
            super().settle_item(index, entry)

    poor, other = Poor(), Owner()
    for owner in (other, poor, other):
        found.settled.append((Task(owner, 0, 1, None), 0, "done"))
    for _ in range(3):
        found.deliver(True)
    assert (poor.told, other.told) == ([(0, "done")], [(0, "done")] * 2)
    assert not found.settled


def test_whatever_has_threads_is_looked_after(found: Outcomes) -> None:
    """At each look; one may leave meanwhile."""
    looks: list[int] = []

    class One:
        def look(self) -> None:
            looks.append(id(self))
            found.looked_after.discard(self)

    found.looked_after |= {One(), One()}
    found.look()
    found.look()
    assert len(looks) == 2


def test_a_step_that_is_insisted_on_is_taken_when_there_is_memory_again(
    found: Outcomes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even the log is to be had, nor is one that fails in another way tried again."""
    pauses: list[float] = []
    taken: list[int] = []

    def step() -> None:
        taken.append(len(pauses))
        if len(pauses) < 3:
            raise MemoryError

    def poor(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(outcomes, "pause", pauses.append)
    with monkeypatch.context() as patch:
        patch.setattr(found, "log", poor)
        found.insist(step)
        found.guarded(int, "no number")
        found.insist(int, "no number")
        found.insist(poor)
    assert taken == [0, 1, 2, 3]
    assert len(pauses) == 3 + outcomes.INSISTENCE
