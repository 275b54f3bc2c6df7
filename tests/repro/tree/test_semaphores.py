"""The locks of multiprocessing, as another process sees them."""

from __future__ import annotations

import multiprocessing
import os

import pytest

from repro.tree import processes, semaphores

pytestmark = pytest.mark.skipif(not processes.LINUX, reason="only Linux tells")


def test_a_lock_that_is_taken_has_the_value_0() -> None:
    """Its place stays the same; nobody waits for it."""
    before = {one.place for one in semaphores.of(os.getpid())}
    lock = multiprocessing.get_context("fork").Lock()
    (mine,) = (one for one in semaphores.of(os.getpid()) if one.place not in before)
    assert (mine.value, mine.waiters) == (1, 0)
    with lock:
        (taken,) = (one for one in semaphores.of(os.getpid()) if one.place == mine.place)
        assert taken.value == 0


def test_who_is_gone_has_none() -> None:
    assert semaphores.of(1 << 30) == []
