"""What the tests of the interfaces share: an engine that does nothing by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .fakes import FakeEngine


@pytest.fixture
def engine() -> Iterator[FakeEngine]:
    made = FakeEngine()
    yield made
    made.end()
