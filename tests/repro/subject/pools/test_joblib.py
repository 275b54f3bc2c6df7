"""The adapter of joblib."""

from __future__ import annotations

import os
import sys
import tempfile
from types import SimpleNamespace

import pytest

from repro.plan import catalogue


def test_the_folders_of_joblib_are_the_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """joblib maps arrays from a folder in /dev/shm where there is one, and ignores TMPDIR; the adapter names the cell's."""
    fake = SimpleNamespace(Parallel=lambda *_arguments, **_keywords: None)
    monkeypatch.setitem(sys.modules, "joblib", fake)  # type: ignore[arg-type]
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", "/elsewhere")
    catalogue.pools()["joblib"].adapter.open(1, "")
    assert os.environ["JOBLIB_TEMP_FOLDER"] == tempfile.gettempdir()
