"""What is waited for: nothing in it is trusted to work each time, and whatever fails costs a moment."""

from __future__ import annotations

import errno
import os
import select
import threading
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from safepool.engine import poller, selector
from safepool.engine.selector import LONGEST, READ, WRITE, Selector
from safepool.protocol import clock
from tests.safepool.engine.interruptions import interruptions


class FakePoller:
    """Has ``events``, and errors that are to be raised; ``asked`` is what it is to wait for, ``waits`` for how long."""

    made: ClassVar[list[FakePoller]] = []

    def __init__(self) -> None:
        self.asked: dict[int, int] = {}
        self.failing: dict[int, int] = {}  # descriptor: how many times yet
        self.events: list[tuple[int, int]] = []
        self.error: Exception | None = None
        self.waits: list[float] = []
        self.closed = False
        FakePoller.made.append(self)

    def add(self, fd: int, mask: int) -> None:
        if self.failing.get(fd, 0):
            self.failing[fd] -= 1
            raise OSError(errno.ENOSPC, "no watch left")
        self.asked[fd] = mask

    def remove(self, fd: int) -> None:
        self.asked.pop(fd, None)

    def wait(self, seconds: float) -> list[tuple[int, int]]:
        self.waits.append(seconds)
        if self.error is not None:
            raise self.error
        found, self.events = self.events, []
        return found

    def close(self) -> None:
        self.closed = True


class Time:
    """A clock for the selector: it stands still."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    found = Time()
    monkeypatch.setattr(selector, "now", lambda: found.now)
    monkeypatch.setattr(clock, "pause", found.pauses.append)
    return found


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, time: Time) -> Iterator[tuple[Selector, FakePoller]]:
    FakePoller.made = []
    monkeypatch.setattr(poller, "create", FakePoller)
    one = Selector()
    one.open()
    yield one, FakePoller.made[0]
    one.close()


@pytest.fixture(params=["epoll", "poll"])
def real(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Selector]:
    if request.param == "poll":
        monkeypatch.setattr(poller, "create", poller.PollPoller)
    elif not hasattr(select, "epoll"):
        pytest.skip("needs epoll")
    one = Selector()
    one.open()
    yield one
    one.close()


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for fd in ends:
        try:
            os.close(fd)
        except OSError:
            pass


def test_what_happens_is_told_with_whose_it_is(real: Selector, pipe: tuple[int, int]) -> None:
    """What came, and the subject; not what is not asked for, not what was removed."""
    reading, writing = pipe
    real.add(reading, "result", "worker")
    assert real.wait(idle=False) == []
    os.write(writing, b"x")
    assert real.wait(idle=False) == [("result", "worker")]
    real.add(writing, "task", "worker", WRITE)
    assert sorted(real.wait(idle=False)) == [("result", "worker"), ("task", "worker")]
    real.remove(reading)
    real.remove(writing)
    assert real.wait(idle=False) == []


def test_removing_what_is_not_waited_for_is_fine(real: Selector, pipe: tuple[int, int]) -> None:
    """None, unknown, removed before, closed before: the books are true afterwards, and nothing is raised."""
    real.remove(None)
    real.remove(pipe[0])
    real.remove(10_000)
    real.remove(-1)
    real.add(pipe[0], "result", 1)
    os.close(pipe[0])
    real.remove(pipe[0])
    real.remove(pipe[0])
    assert real.targets == {}
    assert real.wait(idle=False) == []


def test_a_descriptor_that_somebody_else_reads_is_left_alone_for_a_while(real: Selector, pipe: tuple[int, int]) -> None:
    """It stays a target, and counts again from ``resume`` on; who resumes twice, or what is not left, changes nothing."""
    real.add(pipe[0], "result", "worker")
    os.write(pipe[1], b"x")
    real.leave(pipe[0])
    assert real.wait(idle=False) == []
    assert real.is_for(pipe[0], "worker")
    real.resume(pipe[0])
    real.resume(pipe[0])
    assert real.wait(idle=False) == [("result", "worker")]
    real.leave(10_000)
    real.resume(10_000)
    assert set(real.targets) == {pipe[0]}


def test_a_descriptor_is_its_subjects_only(real: Selector, pipe: tuple[int, int]) -> None:
    """The number may be another worker's by now; None is nobody's."""
    one, other = object(), object()
    real.add(pipe[0], "result", one)
    assert real.is_for(pipe[0], one)
    assert not real.is_for(pipe[0], other)
    assert not real.is_for(pipe[1], one)
    assert not real.is_for(None, one)


def test_a_number_that_belongs_to_another_file_is_taken_over(real: Selector) -> None:
    """A worker's descriptor was closed behind our back; the next worker's pipe gets the number: it is the next one's."""
    old_r, old_w = os.pipe()
    real.add(old_r, "result", "old")
    os.close(old_r)
    os.close(old_w)
    new_r, new_w = os.pipe()
    try:
        assert new_r == old_r
        real.add(new_r, "result", "new")
        os.write(new_w, b"x")
        assert real.wait(idle=False) == [("result", "new")]
    finally:
        os.close(new_r)
        os.close(new_w)


def test_a_wake_ends_a_wait_and_is_used_up(real: Selector) -> None:
    """Any number of them, before or during the wait: it ends, once."""
    for _ in range(100_000):
        real.wake()  # never waits, though the pipe is full in the end
    while True:
        real.next_tick = 0.0
        real.wait()
        if not select.select([real.fds[0]], [], [], 0)[0]:
            break
    began = threading.Event()
    done = threading.Event()

    def wait() -> None:
        began.set()
        while not stop:
            real.next_tick = float("inf")
            real.wait()
        done.set()

    stop: list[int] = []
    thread = threading.Thread(target=wait)
    thread.start()
    assert began.wait(30)
    stop.append(1)
    real.wake()
    assert done.wait(30)
    thread.join(30)


def test_nobody_sleeps_longer_than_a_second(fake: tuple[Selector, FakePoller], time: Time) -> None:
    """That is what a wake-up that is lost costs; less if something is due, and nothing if there is something to do."""
    one, fakes = fake
    one.wait()
    one.next_tick = time.now + 100
    one.wait()
    one.next_tick = time.now + 0.25
    one.wait()
    one.next_tick = time.now - 5
    one.wait()
    one.next_tick = float("inf")
    one.wait(idle=False)
    assert fakes.waits == [LONGEST, LONGEST, 0.25, 0.0, 0.0]
    assert LONGEST == 1.0


def test_what_is_due_earlier_wakes_the_thread_that_sleeps(
    fake: tuple[Selector, FakePoller], time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not if it is due later, not if nobody sleeps, and not if the thread itself says so."""
    one, fakes = fake
    wakes: list[float] = []
    monkeypatch.setattr(one, "wake", lambda: wakes.append(one.next_tick))
    one.due(time.now + 9)
    one.due(time.now + 10)
    assert (one.next_tick, wakes) == (time.now + 9, [])

    def wait(_seconds: float) -> list[tuple[int, int]]:
        one.due(time.now + 9.5)
        assert wakes == []
        one.due(time.now + 5)
        assert wakes == [time.now + 5]
        one.thread = threading.current_thread()
        one.due(time.now + 1)
        return []

    monkeypatch.setattr(fakes, "wait", wait)
    one.wait()
    assert wakes == [time.now + 5]
    assert one.next_tick == time.now + 1
    one.thread = None
    one.due(time.now)
    assert wakes == [time.now + 5]


def test_a_descriptor_that_cannot_be_registered_now_is_registered_later(
    fake: tuple[Selector, FakePoller], time: Time
) -> None:
    """It is a target at once, and the thread looks again soon."""
    one, fakes = fake
    fakes.failing[77] = 3
    one.add(77, "result", "worker")
    assert 77 not in fakes.asked
    assert one.is_for(77, "worker")
    assert one.next_tick <= time.now + 0.05
    for _ in range(3):
        assert 77 not in fakes.asked
        one.wait()
    assert fakes.asked[77] == READ
    fakes.events = [(77, READ)]
    assert one.wait() == [("result", "worker")]


def test_a_descriptor_that_cannot_be_registered_twice_is_tried_again_soon(
    fake: tuple[Selector, FakePoller], time: Time
) -> None:
    """As soon as after the first time: what is due is due for the wait that follows, too."""
    one, fakes = fake
    fakes.failing[77] = 2
    one.add(77, "result", "worker")
    one.next_tick = float("inf")  # as at each tick
    one.wait()
    assert 77 not in fakes.asked
    assert fakes.waits == [pytest.approx(0.05)]


def test_what_is_not_waited_for_any_more_is_not_registered_later(fake: tuple[Selector, FakePoller]) -> None:
    """Removed, or left to somebody else, between the failure and the next look."""
    one, fakes = fake
    fakes.failing.update({77: 1, 78: 1, 79: 1})
    for fd in (77, 78, 79):
        one.add(fd, "result", fd)
    one.remove(77)
    one.leave(78)
    one.wait()
    assert set(fakes.asked) & {77, 78, 79} == {79}
    one.resume(78)
    assert 78 in fakes.asked


def test_a_poller_that_fails_is_made_anew_with_everything_in_it(fake: tuple[Selector, FakePoller], time: Time) -> None:
    """Nothing is raised; a pause lest it become a busy loop; masks are kept, and what is left alone stays so."""
    one, first = fake
    one.add(77, "result", "a")
    one.add(78, "task", "b", WRITE)
    one.add(79, "result", "c")
    one.leave(79)
    first.error = OSError(errno.EBADF, "closed by a library that daemonizes")
    assert one.wait() == []
    assert time.pauses == [0.01]
    assert first.closed
    (second,) = FakePoller.made[1:]
    one.wait()
    assert second.asked == {one.fds[0]: READ, 77: READ, 78: WRITE}
    one.resume(79)
    second.events = [(77, READ), (79, READ)]
    assert one.wait() == [("result", "a"), ("result", "c")]


def test_a_poller_that_cannot_be_made_anew_is_replaced_by_one_without_descriptor(
    fake: tuple[Selector, FakePoller], monkeypatch: pytest.MonkeyPatch, pipe: tuple[int, int]
) -> None:
    """No descriptor left: poll(2) needs none."""
    one, first = fake
    one.add(pipe[0], "result", "a")
    os.write(pipe[1], b"x")
    first.error = OSError(errno.EBADF, "closed")

    def none_left() -> Any:
        raise OSError(errno.EMFILE, "no descriptor left")

    monkeypatch.setattr(poller, "create", none_left)
    assert one.wait() == []
    assert not one.immediate
    assert one.wait(idle=False) == [("result", "a")]
    one.wake()
    one.next_tick = float("inf")
    one.wait()


def test_whatever_a_poller_raises_the_thread_goes_on(fake: tuple[Selector, FakePoller]) -> None:
    """Each new one fails too, in its own way."""
    one, _ = fake
    one.add(77, "result", "a")
    for error in (OSError(errno.EIO, "?"), ValueError("closed"), RuntimeError("?"), MemoryError()):
        FakePoller.made[-1].error = error
        assert one.wait() == []
    one.wait()
    assert FakePoller.made[-1].asked[77] == READ


@pytest.mark.skipif(not hasattr(select, "epoll"), reason="needs epoll")
def test_a_program_that_closes_the_poller_changes_nothing(pipe: tuple[int, int]) -> None:
    """A real one: what comes after that is told all the same."""
    one = Selector()
    one.open()
    one.add(pipe[0], "result", "a")
    assert isinstance(one._poller, poller.EpollPoller)
    os.close(one._poller.fileno())
    os.write(pipe[1], b"x")
    found = [one.wait(idle=False) for _ in range(3)]
    assert ("result", "a") in found[-1]
    one.close()


def test_a_program_that_closes_the_pipe_for_waking_ends_nothing(real: Selector, pipe: tuple[int, int]) -> None:
    """wake() raises nothing, and waiting goes on; that it cannot be woken costs LONGEST at most."""
    real.add(pipe[0], "result", "a")
    for fd in real.fds:
        os.close(fd)
    real.wake()
    os.write(pipe[1], b"x")
    assert [real.wait(idle=False) for _ in range(3)][-1] == [("result", "a")]
    real.fds.clear()


def test_a_descriptor_that_is_closed_behind_our_back_holds_nothing_up(real: Selector, pipe: tuple[int, int]) -> None:
    """The others are told; the inspection finds that one out."""
    other_r, other_w = os.pipe()
    real.add(other_r, "result", "closed")
    real.add(pipe[0], "result", "a")
    os.close(other_r)
    os.write(pipe[1], b"x")
    assert real.wait(idle=False) == [("result", "a")]
    os.close(other_w)
    os.read(pipe[0], 1)
    assert real.wait(idle=False) == []


def test_close_closes_what_is_ours_and_nothing_else(real: Selector, pipe: tuple[int, int]) -> None:
    """Twice, or after others had closed it: nothing is raised. A wake then writes nowhere."""
    real.add(pipe[0], "result", "a")
    mine = list(real.fds)
    os.close(mine[0])
    real.close()
    real.close()
    real.wake()
    real.remove(pipe[0])
    assert real.targets == {}
    for fd in mine:
        with pytest.raises(OSError, match="Bad file"):
            os.fstat(fd)
    os.fstat(pipe[0])
    os.fstat(pipe[1])


def test_interrupted_anywhere_a_target_is_watched_in_the_end(monkeypatch: pytest.MonkeyPatch, time: Time) -> None:
    """A caller that adds a descriptor, or resumes it, is torn away: the pool is broken then, and its thread can still wait."""
    monkeypatch.setattr(poller, "create", FakePoller)
    for at in interruptions((selector,)):
        one = Selector()
        one.open()

        def change(one: Selector = one) -> None:
            one.add(77, "result", "a")
            one.leave(77)
            one.resume(77)
            one.due(1.0)
            one.remove(77)

        at.call(change)
        one.wait()
        one.wait(idle=False)
        one.remove(77)
        assert one.targets == {}, at.where
        one.close()
