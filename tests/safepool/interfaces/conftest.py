"""What the tests of the interfaces share: threads that switch all the time, and handlers that raise."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from .fakes import FakeEngine, Torn


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
def engine() -> Iterator[FakeEngine]:
    made = FakeEngine()
    yield made
    made.end()
