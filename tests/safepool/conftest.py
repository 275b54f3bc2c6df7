"""What the tests of the engine share: one pool per start method, and a look at what is left behind."""

from __future__ import annotations

import gc
import mmap
import multiprocessing
import multiprocessing.resource_tracker
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from safepool.protocol.region import SLOT_SIZE
from safepool.protocol.slots import Slot

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
def slot() -> Iterator[Slot]:
    """Of two workers, the second one's."""
    region = mmap.mmap(-1, 2 * SLOT_SIZE)
    view = Slot(region, 1)
    yield view
    view.release()
    region.close()
