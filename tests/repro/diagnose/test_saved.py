"""A snapshot as a file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from repro.diagnose import saved
from repro.errors import RecordError, UsageError
from tests.repro.diagnose import kept


@pytest.mark.parametrize("name", ["lost.json", "lost.json.xz"])
def test_what_is_written_is_known_and_read(tmp_path: Path, name: str) -> None:
    """Packed or not; and nothing is overwritten."""
    seen = kept.idle_workers()
    saved.write(seen, tmp_path / name)
    assert saved.is_one(tmp_path / name)
    assert saved.read(tmp_path / name) == seen
    with pytest.raises(UsageError, match="is there already"):
        saved.write(seen, tmp_path / name)


def test_where_no_file_can_be_is_wrong_usage(tmp_path: Path) -> None:
    """A folder that is not there, or that is none."""
    (tmp_path / "file").touch()
    for name in ("nowhere/lost.json", "file/lost.json"):
        with pytest.raises(UsageError, match=f"{name} can't be made: .*; what was seen is not kept"):
            saved.write(kept.idle_workers(), tmp_path / name)


def test_every_kept_one_is_known() -> None:
    assert all(map(saved.is_one, kept.FOLDER.glob("*.json.xz")))


def test_what_is_none(tmp_path: Path) -> None:
    """Nothing, a folder, a FIFO that nobody writes, a run, what is no xz: told apart without an error, and not read as one."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "run.jsonl").write_text('{"kind":"header"}\n')
    (tmp_path / "no.xz").write_bytes(b"{}")
    for name in ("nothing", ".", "fifo", "run.jsonl", "no.xz"):
        assert not saved.is_one(tmp_path / name)
        with pytest.raises(RecordError, match=name.strip(".") or "folder"):
            saved.read(tmp_path / name)


def test_of_a_newer_version(tmp_path: Path) -> None:
    """It is known for what it is, and which form this version reads is said."""
    (tmp_path / "new").write_text(kept.idle_workers().to_json().replace("repro diagnose 1", "repro diagnose 2"))
    assert saved.is_one(tmp_path / "new")
    with pytest.raises(RecordError, match=r"of form 'repro diagnose 2', and this version reads"):
        saved.read(tmp_path / "new")
