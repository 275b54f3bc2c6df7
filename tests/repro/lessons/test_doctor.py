"""``doctor``: what works here is told, and what does not, with what to do."""

from __future__ import annotations

import sys

import pytest

from repro.lessons import doctor
from repro.lessons.terminal import prose


def test_everything_that_is_needed_works_where_tests_run() -> None:
    """What is needed comes first."""
    found = doctor.examine()
    assert all(check.ok for check in found if check.needed)
    needed = [check.needed for check in found]
    assert needed == sorted(needed, reverse=True) and not all(needed)


def test_what_is_missing_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another system, no Markdown, no place to write to."""
    prose.parser.cache_clear()
    monkeypatch.setitem(sys.modules, "markdown_it", None)
    monkeypatch.setattr("repro.tree.processes.LINUX", False)
    monkeypatch.setattr("os.access", lambda *_: False)
    monkeypatch.setattr("os.openpty", _refuses)
    monkeypatch.setattr("multiprocessing.get_context", _refuses)
    told = " ".join(check.says for check in doctor.examine() if check.needed and not check.ok)
    for part in ("WSL2", "pip install 'safepool[lessons]'", "set TMPDIR", "/dev/pts", "/dev/shm"):
        assert part in told


def _refuses(*_: object) -> None:
    raise OSError(13, "Permission denied")
