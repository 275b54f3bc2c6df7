"""The parent's ends of a worker's pipes: never waited for, never fatal, and read to what makes no sense at most."""

from __future__ import annotations

import fcntl
import marshal
import mmap
import os
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import safepool
from safepool.engine import channel
from safepool.engine.channel import Channel, Unreadable
from safepool.engine.selector import Selector
from safepool.protocol import wire, words
from safepool.protocol.originals import System
from safepool.protocol.region import SLOT_SIZE
from safepool.protocol.slots import Slot


class Line:
    """A channel over two pipes, and what its worker has of them."""

    def __init__(self) -> None:
        self.region = mmap.mmap(-1, SLOT_SIZE)
        self.selector = Selector()
        self.selector.open()
        self.tasks, task_w = os.pipe()
        result_r, self.results = os.pipe()
        self.theirs = [os.dup(self.tasks), self.results]
        for fd in (task_w, result_r, self.theirs[0]):
            os.set_blocking(fd, False)
        self.channel = Channel(self.selector, Slot(self.region, 0), "worker", [self.tasks, task_w, result_r])
        self.selector.add(result_r, "result", "worker")
        self.parser = wire.Parser(None)

    def received(self, limit: int = 1 << 30) -> bytes:
        """What is in the pipe of tasks."""
        found = b""
        try:
            while len(found) < limit:
                found += os.read(self.theirs[0], min(1 << 16, limit - len(found)))
        except BlockingIOError:
            pass
        return found

    def answer(self, data: bytes) -> None:
        os.write(self.results, data)

    def hang_up(self) -> None:
        for fd in self.theirs:
            os.close(fd)
        self.theirs = []

    def close(self) -> None:
        self.channel.release()
        self.hang_up()
        self.selector.close()
        self.region.close()


@pytest.fixture
def line() -> Iterator[Line]:
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    one = Line()
    yield one
    one.close()
    if before:
        assert len(os.listdir("/proc/self/fd")) == before


# ---- to the worker


def test_a_small_frame_is_written_at_once(line: Line) -> None:
    """Nothing is kept, nothing is waited for."""
    line.channel.send(wire.frame(words.STOP, None))
    assert line.received() == wire.frame(words.STOP, None)
    assert line.channel.out == []
    assert ("task", "worker") not in line.selector.targets.values()


def test_large_frames_go_in_pieces_as_the_worker_reads_them(line: Line) -> None:
    """In their order, byte by byte what was sent; the pipe is made bigger, and the selector asked for room until all is gone."""
    buffers = [bytes([i]) * (700_000 + i) for i in range(5)]
    expected = b""
    for number, buffer in enumerate(buffers):
        head = wire.frame(words.TASKS, (number, []), [len(buffer)])
        line.channel.send(head, [buffer, b""])
        small = wire.frame(words.STOP, number)
        line.channel.send(small)
        expected += head + buffer + small
    assert line.channel.large
    assert line.channel.out
    found = b""
    while len(found) < len(expected):
        more = line.received(100_000)
        assert more, "it waits for room, and nobody told it"
        found += more
        if line.channel.out:
            assert ("task", "worker") in line.selector.wait(idle=False)
            line.channel.flush()
    assert found == expected
    assert line.channel.out == []
    assert ("task", "worker") not in line.selector.targets.values()


def test_a_small_frame_that_the_pipe_takes_in_part_is_completed(line: Line) -> None:
    """A pipe takes a small write whole or not at all, but for one of more than PIPE_BUF bytes."""
    body = wire.frame(words.TASKS, b"x" * 5000)
    sent = 0
    while not line.channel.out:
        line.channel.send(body)
        sent += 1
        assert sent < 10_000
    line.channel.send(body)
    sent += 1
    found = line.received()
    while line.channel.out:
        line.channel.flush()
        found += line.received()
    assert found == body * sent


def test_many_parts_are_more_than_one_system_call(line: Line) -> None:
    """writev(2) takes IOV_MAX of them."""
    parts = [bytes([i % 256]) * 3 for i in range(3 * wire.IOV_MAX)]
    line.channel.send(b"head", parts)
    assert line.received() == b"head" + b"".join(parts)
    assert line.channel.out == []


def test_views_are_written_as_bytes(line: Line) -> None:
    """Whatever their items are."""
    numbers = memoryview(struct.pack("<4i", 1, 2, 3, 4)).cast("i")
    line.channel.send(b"head", [numbers, bytearray(b"tail")])
    assert line.received() == b"head" + struct.pack("<4i", 1, 2, 3, 4) + b"tail"


def test_a_pipe_that_nobody_reads_fills_and_breaks_nothing(line: Line) -> None:
    """A worker that is dead: its death is seen elsewhere; here is no signal, and no error."""
    line.hang_up()
    for _ in range(40):
        line.channel.send(wire.frame(words.TASKS, None, [100_000]), [b"x" * 100_000])
    assert not line.channel.broken
    assert line.channel.out


def test_a_dead_worker_kills_nobody_whose_sigpipe_is_at_its_default() -> None:
    """``signal(SIGPIPE, SIG_DFL)`` is the habit of tools that are piped into ``head``."""
    program = """
import mmap, os, signal
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
from safepool.engine.channel import Channel
from safepool.engine.selector import Selector
from safepool.protocol import region, slots
task_r, task_w = os.pipe()
result_r, result_w = os.pipe()
os.set_blocking(task_w, False)
theirs = os.dup(task_r)
selector = Selector()
selector.open()
channel = Channel(selector, slots.Slot(mmap.mmap(-1, region.SLOT_SIZE), 0), 0, [task_r, task_w, result_r])
os.close(theirs)
os.close(result_w)
channel.send(b"small")
channel.send(b"large", [bytes(1 << 21)])
channel.flush()
print("alive", channel.broken)
"""
    root = str(Path(safepool.__file__).parents[1])
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, cwd=root)
    assert (done.returncode, done.stdout) == (0, "alive False\n"), done.stderr


@pytest.mark.parametrize("size", [10, 300_000])
def test_a_pipe_that_cannot_be_written_is_broken(line: Line, size: int) -> None:
    """Somebody closed it. Nothing is raised, what was waiting is let go, and nobody waits for room any more."""
    while not line.channel.out:
        line.channel.send(wire.frame(words.TASKS, b"x" * 5000))
    assert line.channel.task_fd is not None
    os.close(line.channel.task_fd)
    line.channel.flush()
    line.channel.send(b"head", [b"x" * size])
    assert line.channel.broken
    assert line.channel.out == []
    assert ("task", "worker") not in line.selector.targets.values()
    line.channel.task_fd = None


@pytest.mark.parametrize("parts", [[], [b"x"]])
def test_after_the_release_nothing_is_written_and_nothing_raised(line: Line, parts: list[bytes]) -> None:
    """The descriptors are gone, and their numbers somebody else's."""
    line.channel.release()
    line.channel.send(b"head", parts)
    assert line.channel.broken
    assert line.channel.out == []


# ---- from the worker


def frame(kind: int, envelope: Any, *buffers: bytes) -> bytes:
    return wire.frame(kind, envelope, [len(buffer) for buffer in buffers]) + b"".join(buffers)


def test_nothing_there_is_no_message(line: Line) -> None:
    """Reading never waits."""
    assert line.channel.read() == []
    assert line.channel.read(everything=True) == []


def test_messages_in_any_pieces_are_what_was_sent(line: Line) -> None:
    """Small and large ones, cut anywhere."""
    messages = [
        (words.READY, None, []),
        (words.RESULTS, (0, 5, [1, None, "x"]), [b"a" * 100_000, b"b" * 70_000]),
        (words.RESULTS, (3, 5, list(range(9000))), []),
        (words.RESULTS, (9, 1, []), [b"c" * 5]),
    ]
    data = b"".join(frame(kind, envelope, *buffers) for kind, envelope, buffers in messages)
    for size in (1 << 16, 30_011, 4_999):
        found = []
        for start in range(0, len(data), size):
            line.answer(data[start : start + size])
            found += line.channel.read()
        assert [(kind, envelope, list(map(bytes, buffers))) for kind, envelope, buffers in found] == messages
    assert line.channel.large


def test_one_worker_is_not_read_for_ever(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many bytes the others have their turn; but what a dead worker left is read to its end."""
    monkeypatch.setattr(channel, "BUDGET", 1)
    message = frame(words.RESULTS, (0, 0, b"x" * (wire.READ_SIZE // 2)))
    fcntl.fcntl(line.results, channel.F_SETPIPE_SZ, 1 << 20)
    for _ in range(8):
        line.answer(message)
    few = line.channel.read()
    assert 0 < len(few) < 8
    assert len(few) + len(line.channel.read(everything=True)) == 8


def test_what_a_dead_worker_left_is_read_to_its_end(line: Line) -> None:
    """However many messages that is: here each read ends with a whole one."""
    fcntl.fcntl(line.results, channel.F_SETPIPE_SZ, 1 << 20)
    message = frame(words.RESULTS, b"x" * (256 - len(frame(words.RESULTS, b""))))
    count = 4 * wire.READ_SIZE // len(message)
    assert wire.READ_SIZE % len(message) == 0
    for _ in range(count):
        line.answer(message)
    assert len(line.channel.read(everything=True)) == count


def test_the_end_of_the_pipe_is_no_error(line: Line) -> None:
    """What came before it is found; nobody waits for that pipe any more: the process itself will tell."""
    line.answer(frame(words.RESULTS, "last") + b"half a hea")
    line.hang_up()
    assert line.channel.read() == [(words.RESULTS, "last", [])]
    assert line.channel.read(everything=True) == []
    assert ("result", "worker") not in line.selector.targets.values()
    assert line.channel.read(everything=True) == []


def test_a_pipe_that_cannot_be_read_is_not_taken_for_its_end(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """EIO: the living worker's results would never be read. What came before it is not lost."""
    line.answer(frame(words.RESULTS, "before") + frame(words.RESULTS, "large", b"x" * wire.READ_SIZE)[:2000])
    monkeypatch.setattr(System, "readv", lambda *_: (_ for _ in ()).throw(OSError(5, "Input/output error")))
    with pytest.raises(Unreadable, match="Input/output error") as caught:
        line.channel.read()
    assert caught.value.found == [(words.RESULTS, "before", [])]
    monkeypatch.setattr(System, "read", lambda *_: (_ for _ in ()).throw(OSError(5, "Input/output error")))
    other = Line()
    with pytest.raises(Unreadable, match="Input/output error"):
        other.channel.read()
    monkeypatch.undo()
    other.close()


def test_a_pipe_that_was_closed_by_somebody_is_unreadable(line: Line) -> None:
    """So is one that was released."""
    assert line.channel.result_fd is not None
    line.selector.remove(line.channel.result_fd)
    os.close(line.channel.result_fd)
    with pytest.raises(Unreadable):
        line.channel.read()
    line.channel.result_fd = None
    with pytest.raises(Unreadable):
        line.channel.read()


def header(length: int, count: int, kind: int) -> bytes:
    return wire.HEADER.pack(length, count, kind)


BAD_BODY = b"\xff" * 10
NONSENSE: list[Any] = [
    pytest.param(header(len(BAD_BODY), 0, words.RESULTS) + BAD_BODY, id="a body that is none"),
    pytest.param(frame(words.RESULTS, None)[:-1] + b"?", id="a body of an unknown type"),
    pytest.param(header(0, 0, words.RESULTS), id="no body"),
    pytest.param(
        header(len(BAD_BODY), 1, words.RESULTS) + wire.LENGTH.pack(4) + BAD_BODY + b"1234", id="a body before buffers"
    ),
    pytest.param(header(1 << 62, 0, words.RESULTS), id="more than there is memory"),
    pytest.param(
        header(2**64 - 1, 0, words.RESULTS),
        id="more than can be counted",
    ),
    pytest.param(
        header(10, 1, words.RESULTS | wire.IN_ARENA) + wire.LENGTH.pack(1 << 40) + marshal.dumps(b"12345"),
        id="in an arena that is none",
    ),
    pytest.param(
        header(100_000, 0, words.RESULTS) + b"\xff" * 100_000,
        id="a long body that is none",
    ),
]


@pytest.mark.parametrize("data", NONSENSE)
@pytest.mark.parametrize("size", [20_000, 1 << 20])
def test_nonsense_is_that_workers_problem(line: Line, data: bytes, size: int) -> None:
    """It is told as Unreadable, whatever it is and in whatever pieces it comes."""
    fcntl.fcntl(line.results, channel.F_SETPIPE_SZ, 1 << 20)
    with pytest.raises(Unreadable):
        for start in range(0, len(data), size):
            line.answer(data[start : start + size])
            line.channel.read()


def test_what_was_read_before_nonsense_is_kept(line: Line) -> None:
    """The messages that one call has read already come with the error."""
    fcntl.fcntl(line.results, channel.F_SETPIPE_SZ, 1 << 20)
    first = frame(words.RESULTS, (0, 0, b"x" * (wire.READ_SIZE - 100)))
    line.answer(first)
    line.answer(frame(words.RESULTS, b"y" * (wire.READ_SIZE - 100)))
    line.answer(header(10, 0, words.RESULTS) + BAD_BODY)
    with pytest.raises(Unreadable) as caught:
        line.channel.read()
    assert caught.value.found[:1] == [(words.RESULTS, (0, 0, b"x" * (wire.READ_SIZE - 100)), [])]


def test_what_came_together_with_nonsense_is_kept(line: Line) -> None:
    """Those of the same read, too."""
    line.answer(frame(words.RESULTS, "before") + header(10, 0, words.RESULTS) + BAD_BODY)
    with pytest.raises(Unreadable) as caught:
        line.channel.read()
    assert caught.value.found == [(words.RESULTS, "before", [])]


# ---- the end


def test_a_release_closes_everything_once(line: Line) -> None:
    """The second time there is nothing left; a descriptor that somebody closed before, or a view in use, stops nothing."""
    view = line.channel.slot.words[:]
    fds = [line.channel.task_fd, line.tasks, line.channel.result_fd]
    assert line.channel.task_fd is not None
    os.close(line.channel.task_fd)
    line.channel.release()
    assert line.selector.targets == {}
    for fd in fds:
        with pytest.raises(OSError, match="Bad file"):
            os.fstat(fd)  # type: ignore[arg-type]
    other = os.pipe()  # has the numbers of some of them
    line.channel.release()
    for fd in other:
        os.fstat(fd)
        os.close(fd)
    view.release()


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_close_that_fails_stops_no_other(line: Line, which: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """close(2) may fail with EIO, the descriptor being gone all the same."""
    fds = [line.channel.task_fd, line.tasks, line.channel.result_fd]
    close: Callable[[int], None] = os.close

    def failing(fd: int) -> None:
        close(fd)
        if fd == fds[which]:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(System, "close", failing)
    line.channel.release()
    monkeypatch.undo()
    assert line.channel.task_fd is None
    assert line.channel.result_fd is None
    for fd in fds:
        with pytest.raises(OSError, match="Bad file"):
            os.fstat(fd)  # type: ignore[arg-type]


def test_a_fork_closes_the_descriptors_and_leaves_the_rest_alone(line: Line) -> None:
    """The slot and the selector are the parent's."""
    fds = [line.channel.task_fd, line.tasks, line.channel.result_fd]
    line.channel.forget()
    for fd in fds:
        with pytest.raises(OSError, match="Bad file"):
            os.fstat(fd)  # type: ignore[arg-type]
    line.channel.forget()
    assert line.channel.slot.state() == (0, 0)
    assert line.selector.targets


def test_a_descriptor_that_is_somebody_elses_by_now_is_not_read(line: Line) -> None:
    """The program closed all descriptors and opened others: to read from them may wait for ever, and takes what is theirs."""
    fd = line.channel.result_fd
    assert fd is not None
    assert line.channel.is_ours()
    reading, writing = os.pipe()
    try:
        os.dup2(reading, fd)
        assert not line.channel.is_ours()
        with pytest.raises(Unreadable, match="was closed"):
            line.channel.read(everything=True)
    finally:
        os.close(reading)
        os.close(writing)
