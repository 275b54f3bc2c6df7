"""What tests of commands must hold besides their own docstrings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from repro.observer import scheduler


@pytest.fixture
def nothing_starts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Fails the test if a cell is started or a run directory is made."""

    def started(*_arguments: object) -> None:
        raise AssertionError("a cell was started")

    monkeypatch.setattr(scheduler, "launch", started)
    monkeypatch.chdir(tmp_path)
    yield
    assert list(tmp_path.iterdir()) == []
