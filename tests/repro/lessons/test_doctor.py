"""``doctor``: what works here is told, and what does not, with what to do."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from repro.lessons import doctor, library
from repro.lessons.terminal import prose
from repro.observer.cgroup import MemoryGroup


def test_everything_that_is_needed_works_where_tests_run() -> None:
    """What is needed comes first."""
    found = doctor.examine()
    assert all(check.ok for check in found if check.needed)
    needed = [check.needed for check in found]
    assert needed == sorted(needed, reverse=True) and not all(needed)


def test_what_is_missing_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another system, no Markdown, no place to write to; a narrow terminal, and none of what is only better."""
    prose.parser.cache_clear()
    monkeypatch.setitem(sys.modules, "markdown_it", None)
    monkeypatch.setattr("repro.tree.processes.LINUX", False)
    monkeypatch.setattr("os.access", lambda *_: False)
    monkeypatch.setattr("os.openpty", _refuses)
    monkeypatch.setattr("multiprocessing.get_context", _refuses)
    monkeypatch.setenv("COLUMNS", "70")
    monkeypatch.setattr("repro.tree.native.tool", lambda: None)
    monkeypatch.setattr("repro.observer.cgroup.make", lambda: None)
    monkeypatch.setattr("repro.observer.cgroup.systemd_gives", lambda: False)
    missing = [check for check in doctor.examine() if not check.ok]
    for language in library.LANGUAGES:
        needed = " ".join(check.says(language) for check in missing if check.needed)
        for part in ("WSL2", "pip install 'safepool[lessons]'", "TMPDIR", "/dev/pts", "/dev/shm"):
            assert part in needed
        better = " ".join(check.says(language) for check in missing if not check.needed)
        for part in ("70", "80", "pip install 'safepool[stacks]'", "cgroup"):
            assert part in better


def test_the_way_to_a_memory_cgroup_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By the kernel's files: where, and which version; else by systemd."""
    (tmp_path / "made").mkdir()
    monkeypatch.setattr("repro.observer.cgroup.make", lambda: MemoryGroup(tmp_path / "made", 2))
    [check] = doctor._memory()
    assert check.ok and not (tmp_path / "made").exists()
    assert all(str(tmp_path) in check.says(language) for language in library.LANGUAGES)
    assert "version 2" in check.says("en")
    monkeypatch.setattr("repro.observer.cgroup.make", lambda: None)
    monkeypatch.setattr("repro.observer.cgroup.systemd_gives", lambda: True)
    [check] = doctor._memory()
    assert check.ok and "systemd-run --user" in check.says("en")


def _refuses(*_: object) -> None:
    raise OSError(13, "Permission denied")
