"""Iterables that block or fail: what they gave is done all the same."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from safepool import Pool, TaskExited, WorkerDied
from safepool.core.states import Task
from safepool.interfaces import tasks
from safepool.interfaces.incoming import Incoming
from safepool.interfaces.tasks import Feeder, call_task
from safepool.protocol.words import CALL, CHUNK, PICKLED_CALL
from tests.safepool.tasks import FORK, square, wait_for_file

from .fakes import elsewhere

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def test_an_iterator_that_blocks_does_not_hold_back_what_it_gave() -> None:
    """The first item's result comes while the iterable still thinks about the second."""
    gate = threading.Event()

    def items() -> object:
        yield 3
        gate.wait(30)
        yield 4

    with Pool(1, context=FORK) as pool:
        results = pool.imap(square, items())  # type: ignore[arg-type]
        assert next(results) == 9
        gate.set()
        assert list(results) == [16]
    pool.join()


def exit_or_wait(place: tuple[int, str]) -> int:
    number, marker = place
    if number == 0:
        wait_for_file(marker)
        os._exit(1)
    return number


def test_an_iterable_that_fails_harms_no_item_before_it(tmp_path: Path) -> None:
    """The iterable's error is its own: an item that has to be sent again, since its neighbour died, is sent again."""
    marker = str(tmp_path / "the iterable has failed")

    def inputs() -> Iterator[tuple[int, str]]:
        yield (0, marker)
        yield (1, marker)
        raise LookupError("no more")

    with Pool(1, context=FORK) as pool:
        results = pool.imap(exit_or_wait, inputs(), chunksize=2)
        while results._incoming.length is None:
            time.sleep(0.001)
        Path(marker).touch()
        with pytest.raises(WorkerDied, match=r"task 0, "):
            next(results)
        assert next(results) == 1
        with pytest.raises(LookupError, match="no more"):
            next(results)
    pool.join()


class FeederEngine:
    """What a feeder asks of an engine: with it each task is done at once, and gives back its items."""

    name = "fake"
    size, max_tasks, unfinished = 2, None, 0

    @staticmethod
    def pickled(_fn: object) -> bytes:
        return b""

    @staticmethod
    def batch() -> int:
        return 1

    @staticmethod
    def broken_error() -> None:
        return None

    @staticmethod
    def submit(task: Task) -> None:
        for number, item in enumerate(task.payload[4] if task.payload[0] == CHUNK else task.payload[2]):
            task.owner.settle_item(task.index + number, item)

    def add_feeder(self, feeder: Feeder) -> None:
        pass

    def remove_feeder(self, feeder: Feeder) -> None:
        pass


@pytest.mark.parametrize("good", [0, 1, 2, 3, 4, 7])
@pytest.mark.parametrize("error", [LookupError("no more"), SystemExit(3)], ids=["error", "exit"])
def test_what_an_iterable_gave_before_it_raised_is_done(good: int, error: BaseException) -> None:
    """However many of them travel together: the error takes the place of the one that did not come, and is the last."""

    def items() -> Iterator[int]:
        yield from range(good)
        raise error

    engine: Any = FeederEngine()
    incoming = Incoming(engine, square)
    incoming.feeder = feeder = Feeder(engine, incoming, square, items(), 3, None)
    elsewhere(feeder._run)
    *found, (place, last) = [(number, incoming.values[number]) for number in incoming.numbers]
    assert found == [(number, number) for number in range(good)]
    assert place == good
    assert last is error if isinstance(error, LookupError) else isinstance(last, TaskExited)
    assert incoming.ended()


def outcome(incoming: Incoming) -> list[Any]:
    return [incoming.values[number] for number in sorted(incoming.values)]


@pytest.mark.parametrize("size", [1, 2])
def test_what_the_engine_could_not_take_fails_and_is_no_result(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """For want of memory, say. The item that comes next stands for all that is not read."""
    engine: Any = FeederEngine()
    error = MemoryError()

    def submit(task: Task) -> None:
        if task.index == 4:
            raise error
        FeederEngine.submit(task)

    monkeypatch.setattr(engine, "submit", submit)
    incoming = Incoming(engine, square)
    incoming.feeder = feeder = Feeder(engine, incoming, square, iter(range(8)), size, None)
    elsewhere(feeder._run)
    assert outcome(incoming) == [0, 1, 2, 3, *[error] * size, error]
    assert incoming.ended()


def test_an_iterable_that_raises_when_the_pool_is_broken_has_not_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that it gave was done before: without the error, that would be taken for all there is."""
    engine: Any = FeederEngine()
    error = LookupError("no more")

    def items() -> Iterator[int]:
        yield 1
        monkeypatch.setattr(engine, "broken_error", lambda: RuntimeError("broken"))
        raise error

    incoming = Incoming(engine, square)
    incoming.feeder = feeder = Feeder(engine, incoming, square, items(), 1, None)
    elsewhere(feeder._run)
    assert outcome(incoming) == [1, error]


def test_an_error_that_cannot_be_told_is_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no memory for the place of the error: who takes what came before is told nevertheless."""
    engine: Any = FeederEngine()
    error = LookupError("no more")

    def items() -> Iterator[int]:
        yield 1
        monkeypatch.setattr(Incoming, "travels", travels)
        raise error

    def travels(*_: Any) -> None:
        raise MemoryError

    incoming = Incoming(engine, square)
    incoming.feeder = feeder = Feeder(engine, incoming, square, items(), 1, None)

    def run() -> None:
        with contextlib.suppress(MemoryError):
            feeder._run()

    elsewhere(run)
    assert outcome(incoming) == [1]
    assert incoming.lost is error


class Looking:
    """Counts what a feeder says of itself."""

    def __init__(self) -> None:
        self.known: list[Any] = []

    name = "fake"

    def add_feeder(self, feeder: Feeder) -> None:
        self.known.append(feeder)

    def remove_feeder(self, feeder: Feeder) -> None:
        if feeder in self.known:
            self.known.remove(feeder)


def test_a_feeder_whose_thread_ends_before_it_begins_says_so_to_its_caller(stillborn: Any) -> None:
    """``imap`` raises, and nothing of it is left to be waited for."""
    engine: Any = Looking()
    incoming = Incoming(engine, square)
    incoming.feeder = feeder = Feeder(engine, incoming, square, iter([1]), 1, None)
    with stillborn("-feeder"), pytest.raises(RuntimeError, match="can't start new thread"):
        feeder.start()
    assert engine.known == []
    assert incoming.ended()


def test_a_feeder_whose_thread_is_gone_without_a_word_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """No memory, not even for saying so: whoever waits for its results is told, with what had come before."""
    engine: Any = Looking()
    incoming = Incoming(engine, square)
    monkeypatch.setattr(Feeder, "_run", lambda _self: None)
    incoming.feeder = feeder = Feeder(engine, incoming, square, iter([1]), 1, None)
    feeder.look()
    assert engine.known
    feeder.start()
    feeder._thread.join(30)
    while engine.known:  # the thread's last steps are in C
        feeder.look()
    assert incoming.ended()
    assert isinstance(incoming.lost, MemoryError)
    assert incoming.feeder is None


def test_a_feeder_that_its_torn_caller_never_started_is_missed_in_the_end() -> None:
    """It is counted from its making on; a pool that is closed would wait for it."""
    engine: Any = Looking()
    incoming = Incoming(engine, square)
    feeder = Feeder(engine, incoming, square, iter([1]), 1, None)
    for _ in range(tasks.NEVER_STARTED):
        feeder.look()
        assert engine.known
    feeder.look()
    assert not engine.known
    feeder.start()  # or it was only very slow: it does nothing now, and the caller is told
    feeder._thread.join(30)
    assert incoming.length == 0
    assert incoming.lost


class CallEngine:
    """What a call's task asks of an engine."""

    much = True

    @staticmethod
    def pickled(_fn: object) -> bytes:
        return b""

    def much_is_queued(self) -> bool:
        return self.much


class Noted:
    """Counts how often it is pickled."""

    times = 0

    def __reduce__(self) -> tuple[object, ...]:
        Noted.times += 1
        return int, ()


def test_a_call_is_deferred_where_much_is_queued() -> None:
    """Unless it is made of scalars, which need no pickle, or has to be pickled now, since it is due."""
    engine = CallEngine()

    def task(*args: object, may_defer: bool = True) -> Task:
        return call_task(engine, "owner", 0, square, args, {}, None, may_defer)  # type: ignore[arg-type]

    before = Noted.times
    one = task(Noted())
    assert (one.deferred, one.payload, one.size) == (True, None, 0)
    assert Noted.times == before
    small = task(3, "text", None)
    assert not small.deferred
    assert small.payload == (CALL, b"", (3, "text", None))
    due = task(Noted(), may_defer=False)
    engine.much = False
    early = task(Noted())
    assert Noted.times == before + 2
    for made in (due, early):
        assert not made.deferred
        assert made.payload[0] == PICKLED_CALL
        assert made.size == len(made.payload[1])
