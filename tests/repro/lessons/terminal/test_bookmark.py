"""``bookmark``: where a reader stopped is known the next time; a file that is broken, or can't be written, stops nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro.lessons.terminal.bookmark import read


def test_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """Each lesson by itself, until it was read to its end."""
    file = tmp_path / "state" / "lessons.json"
    kept = read(file)
    assert kept.step(1) == 0
    kept.keep(1, 4)
    kept.keep(2, 1)
    assert (read(file).step(1), read(file).step(2)) == (4, 1)
    kept.forget(1)
    assert (read(file).step(1), read(file).step(2)) == (0, 1)


def test_the_last_answer_to_a_question_counts(tmp_path: Path) -> None:
    """A belief that was given up is held no more."""
    kept = read(tmp_path / "lessons.json")
    kept.answered(1, "first", "exit-0-is-harmless")
    kept.answered(1, "second", "any-error-hangs")
    kept.answered(1, "first", None)
    assert read(tmp_path / "lessons.json").held() == ["any-error-hangs"]


@pytest.mark.parametrize("content", ["", "[]", '{"steps": 1, "answers": {}}', '{"steps": {"1": "x"}, "answers": {}}'])
def test_a_broken_file_is_none(tmp_path: Path, content: str) -> None:
    """The next stop writes a whole one."""
    file = tmp_path / "lessons.json"
    file.write_text(content)
    kept = read(file)
    assert kept.step(1) == 0
    kept.keep(1, 2)
    assert read(file).step(1) == 2


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    """And nobody is stopped."""
    (tmp_path / "file").write_text("")
    kept = read(tmp_path / "file" / "lessons.json")
    kept.keep(1, 2)
    assert kept.step(1) == 2
