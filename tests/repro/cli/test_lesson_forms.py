"""``lesson all``: every lesson, in files."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro.errors import AS_EXPECTED, SOFTWARE, USAGE
from repro.lessons import forms, library
from tests.repro.cli.test_lesson_command import asked


def written(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


def test_all_lessons_are_written_in_every_form_and_language(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each as it would be alone; the folder is made."""
    folder = tmp_path / "of" / "all"
    assert asked(capsys, "all", "--output", str(folder)) == (AS_EXPECTED, "", "")
    suffixes = [forms.form(name).SUFFIX for name in forms.names()]
    names = [path.name for path in library.folders().values()]
    assert written(folder) == {f"{one}/{name}{end}" for one in library.LANGUAGES for name in names for end in suffixes}
    _, alone, _ = asked(capsys, "3", "--format", "markdown", "--language", "ja")
    assert (folder / "ja" / "03_why.md").read_text("utf-8") == alone


def test_one_form_in_one_language(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The others are not written."""
    asked(capsys, "all", "--output", str(tmp_path), "--format", "ipynb", "--language", "en")
    assert written(tmp_path) == {f"en/{path.name}.ipynb" for path in library.folders().values()}


def test_what_all_lessons_need_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder, which can be written to."""
    status, _, error = asked(capsys, "all")
    assert status == USAGE and "repro lesson all --output DIR" in error
    (tmp_path / "file").write_text("")
    status, _, error = asked(capsys, "all", "--output", str(tmp_path / "file"))
    assert status == SOFTWARE and "can't be written to" in error
