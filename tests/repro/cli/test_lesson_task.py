"""``lesson N --start, --check, --hint, --solution``: the task, from its beginning to its end."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from repro.errors import AS_EXPECTED, DIFFERS, USAGE
from repro.lessons import exercise, library
from repro.lessons.exercise import Judged
from tests.repro.cli.test_lesson_command import asked


def test_a_task_is_begun_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the reader has written by then is never touched."""
    folder = tmp_path / "mine"
    status, shown, _ = asked(capsys, "1", "--start", str(folder), "--language", "en")
    assert status == AS_EXPECTED and f"{folder / 'watch.py'}: here the task begins" in shown
    (folder / "watch.py").write_text("mine\n")
    status, _, error = asked(capsys, "1", "--start", str(folder))
    assert status == USAGE and "left as they are" in error
    assert (folder / "watch.py").read_text() == "mine\n"
    status, _, error = asked(capsys, "1", "--start", str(tmp_path / "other"), "--step", "7")
    assert status == USAGE and "step 7" in error


def test_what_does_not_hold_is_told_with_a_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the words of the task, once for each kind; the status says whether all holds."""
    shutil.copytree(library.folders()[1] / "exercise" / "solution", tmp_path, dirs_exist_ok=True)
    names = ["works", "waits", "child", "grandchild", "name", "ended"]
    found = [Judged(name, "") for name in names]
    monkeypatch.setattr(exercise, "judge", lambda *_: found)
    status, shown, _ = asked(capsys, "1", "--check", str(tmp_path), "--language", "en")
    assert status == AS_EXPECTED and "6 of 6 hold." in shown
    found[2:4] = [Judged("child", "only-the-process", "it printed \x1b[2J"), Judged("grandchild", "only-the-process")]
    status, shown, _ = asked(capsys, "1", "--check", str(tmp_path), "--language", "en")
    assert status == DIFFERS and "4 of 6 hold." in shown and "\x1b" not in shown
    assert shown.count("Only the process itself was looked at") == 1 and shown.count("Hint:") == 1


def test_hints_come_one_by_one_and_the_solution_last(capsys: pytest.CaptureFixture[str]) -> None:
    """Each says how to come to the next."""
    _, first, _ = asked(capsys, "1", "--hint", "--language", "en")
    assert "/proc/PID/stat" in first and "--hint 2" in first
    found = re.search(r"1 of (\d+);", first)
    assert found is not None
    _, last, _ = asked(capsys, "1", "--hint", found[1], "--language", "en")
    assert "--solution" in last
    assert asked(capsys, "1", "--hint", str(int(found[1]) + 1))[0] == USAGE
    _, shown, _ = asked(capsys, "1", "--solution")
    assert shown == (library.folders()[1] / "exercise" / "solution" / "watch.py").read_text("utf-8")


@pytest.mark.parametrize("words", [["--check", "nowhere"], ["--check", "x", "--hint"]])
def test_what_can_not_be_checked_is_said(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is run."""
    assert asked(capsys, "1", *words)[0] == USAGE
