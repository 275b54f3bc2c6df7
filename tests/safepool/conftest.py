"""What the tests of safepool share: one pool per start method, a look at what is left behind, threads that switch all the time,
and some that end before they begin, and handlers that raise."""

from __future__ import annotations

import contextlib
import gc
import mmap
import multiprocessing
import multiprocessing.resource_tracker
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from safepool.protocol.region import SLOT_SIZE
from safepool.protocol.slots import Slot

from .interfaces.fakes import Torn

START_METHODS = ("fork", "forkserver", "spawn")


@pytest.fixture(params=START_METHODS)
def context(request: pytest.FixtureRequest) -> multiprocessing.context.BaseContext:
    return multiprocessing.get_context(request.param)


def children() -> set[int]:
    """The processes whose parent is this one, zombies included; not the resource tracker, which lives as long as we."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if int(stat.rpartition(")")[2].split()[1]) == os.getpid() and b"resource_tracker" not in command:
                found.add(int(entry.name))
    return found


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """After the test: no more processes, descriptors and threads than before."""
    multiprocessing.resource_tracker.ensure_running()
    gc.collect()
    before = children(), len(os.listdir("/proc/self/fd")), threading.active_count()
    yield
    gc.collect()
    assert (children(), len(os.listdir("/proc/self/fd")), threading.active_count()) == before


@pytest.fixture
def switching() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def alarm() -> Iterator[Any]:
    """``alarm(seconds)``: then a handler raises Torn in the main thread, once; ``alarm(0)``: not any more."""

    def handler(_number: int, _frame: Any) -> None:
        raise Torn

    before = signal.signal(signal.SIGALRM, handler)
    yield lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def stillborn(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], contextlib.AbstractContextManager[None]]:
    """``with stillborn("-feeder"):`` threads of such names are made, and end before they have run a line of Python."""
    name = "_start_joinable_thread" if sys.version_info >= (3, 13) else "_start_new_thread"
    make = getattr(threading, name)

    @contextlib.contextmanager
    def named(ending: str) -> Iterator[None]:
        def made(call: Any, *arguments: Any, **keywords: Any) -> Any:
            return None if call.__self__.name.endswith(ending) else make(call, *arguments, **keywords)

        with monkeypatch.context() as patch:
            patch.setattr(threading, name, made)
            yield

    return named


@pytest.fixture
def slot() -> Iterator[Slot]:
    """Of two workers, the second one's."""
    region = mmap.mmap(-1, 2 * SLOT_SIZE)
    view = Slot(region, 1)
    yield view
    view.release()
    region.close()
