"""``lesson``: lists, prints, walks, records; and says what is not there."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from repro.errors import AS_EXPECTED, DIFFERS, USAGE
from repro.lessons import library, recording
from repro.lessons.pictures import cells
from tests.repro.cli.commands import called
from tests.repro.lab import DEADLINE, ROOT

PROGRAM = "print('input 3', flush=True)\n"
TEXT = "---\ntitle: Made\nfor: For tests.\n---\n## One {#one}\nRead this.\n\n::: run made\n\nAnd this.\n"
TOML = '[runs.made]\nprogram = "made.py"\nends = "exit 0"\nshows = ["input 3"]\n'


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """The status of a lesson's command, and what it printed."""
    status = called("lesson", *words)
    printed = capsys.readouterr()
    return status, printed.out, printed.err


@pytest.fixture
def lessons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lesson that is quickly run, in place of those that there are."""
    folder = tmp_path / "lessons" / "07_made"
    (folder / "programs").mkdir(parents=True)
    (folder / "programs" / "made.py").write_text(PROGRAM)
    (folder / "en.md").write_text(TEXT)
    (folder / "lesson.toml").write_text(TOML)
    monkeypatch.setattr(library, "HOME", tmp_path / "lessons")
    return folder


def test_lessons_are_listed_with_what_they_are_for(capsys: pytest.CaptureFixture[str]) -> None:
    """Title, minutes, a sentence; in the language asked for."""
    assert asked(capsys)[0] == AS_EXPECTED
    _, shown, _ = asked(capsys, "--language", "en")
    assert "The hang" in shown and "min to read" in shown and "Is it slow" in shown
    _, shown, _ = asked(capsys, "--language", "ja")
    assert "読んで実行する" in shown


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["99"], "no lesson '99'"),
        (["one"], "'one' is none; repro lesson lists them"),
        (["1", "2"], "one lesson at a time"),
        (["1", "--language", "de"], "no language 'de'"),
        (["1", "--format", "texts"], "nearest: text"),
        (["1", "--output", "x.unknown"], "--format says which form it is to be"),
    ],
)
def test_what_is_not_there_is_said(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    """And what there is."""
    status, _, error = asked(capsys, *words)
    assert status == USAGE and says in error


def test_without_a_terminal_it_prints_the_text(
    lessons: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same that goes into a file."""
    _, shown, _ = asked(capsys, "7")
    assert "Read this." in shown and "(not recorded yet)" in shown
    file = tmp_path / "made.txt"
    assert asked(capsys, "7", "--output", str(file))[0] == AS_EXPECTED
    assert file.read_text("utf-8") == shown


def test_what_programs_do_is_recorded(lessons: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Beside the lesson, with the cells that it shows; where that is not what the text says, that is said."""
    (lessons / "lesson.toml").write_text(TOML + '[cells.fine]\nscenario = "ok"\npool = "Pool"\n')
    assert asked(capsys, "make")[0] == AS_EXPECTED
    lesson = library.lesson(7)
    one = recording.load(lessons, lesson.runs["made"])
    assert one is not None and one.output == "input 3\n"
    cell = cells.load(lessons, lesson.cells["fine"])
    assert cell is not None and cell.record["scenario"] == "ok"
    (lessons / "lesson.toml").write_text(TOML.replace("input 3", "input 4"))
    status, _, error = asked(capsys, "make", "7")
    assert status == DIFFERS and "lesson 7, made: it printed no 'input 4'" in error


def test_doctor_and_clean(capsys: pytest.CaptureFixture[str]) -> None:
    """Both are quiet about what is in order."""
    status, shown, _ = asked(capsys, "doctor", "--language", "en")
    assert status == AS_EXPECTED and "multiprocessing can make its locks" in shown
    assert "multiprocessingのロックを作れる" in asked(capsys, "doctor", "--language", "ja")[1]
    assert asked(capsys, "clean") == (AS_EXPECTED, "", "")


@pytest.mark.parametrize("colour", [True, False])
def test_a_lesson_is_walked_through_in_a_terminal(lessons: Path, tmp_path: Path, colour: bool) -> None:
    """A real one, with keys: the program runs, and the reader comes to the end."""
    home = tmp_path / "package"
    shutil.copytree(ROOT / "repro", home / "repro", ignore=shutil.ignore_patterns("[0-9][0-9]_*", "__pycache__"))
    shutil.copytree(lessons, home / "repro" / "lessons" / "07_made")
    (home / "safepool").symlink_to(ROOT / "safepool")
    environment = {**os.environ, "PYTHONPATH": str(home), "TERM": "xterm", "COLUMNS": "80", "LANG": "C.UTF-8"}
    environment |= {} if colour else {"NO_COLOR": "1"}
    environment.pop("FORCE_COLOR", None)
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "repro", "lesson", "7"],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
        cwd=home,  # where python -m looks first
        start_new_session=True,
    )
    os.close(slave)
    try:
        shown = _until(master, "run it")
        os.write(master, b" ")
        shown += _until(master, "run it again")
        os.write(master, b" ")
        shown += _until(master, "back")
        os.write(master, b" ")
        shown += _until(master, "All lessons: repro lesson")
        assert process.wait(DEADLINE) == AS_EXPECTED
    finally:
        process.terminate()
        process.wait()
        os.close(master)
    assert "input 3" in shown and "ended by itself with status 0" in shown and "And this." in shown
    assert ("\033[1m" in shown) is colour


def _until(master: int, text: str) -> str:
    """What is printed until a text comes."""
    shown = b""
    until = time.monotonic() + DEADLINE
    while text.encode() not in shown:
        there = select.select([master], [], [], max(0.0, until - time.monotonic()))[0]
        assert there, shown.decode("utf-8", "replace")
        shown += os.read(master, 65536)
    return shown.decode("utf-8", "replace")
