"""What the tests of the engine's parts share: a scene, with nobody in it but the parts."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.safepool.engine.scenes import Scene


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """Of a pool of two, made at once; no descriptor is left afterwards."""
    fds = "/proc/self/fd"
    before = len(os.listdir(fds)) if os.path.isdir(fds) else 0
    one = Scene(monkeypatch)
    yield one
    one.close()
    assert not before or len(os.listdir(fds)) == before
