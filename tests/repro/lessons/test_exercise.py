"""``exercise``: what a check prints is what is judged, and what it does not print holds nothing."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest

from repro.errors import UsageError
from repro.lessons import exercise, model
from repro.lessons.exercise import Judged, judge, judged, said, told
from repro.lessons.recording import Line, Recording
from repro.lessons.runner import Python
from repro.observer.launch import Stage


@pytest.mark.parametrize(
    ("ending", "last", "is_judged"),
    [
        ("exit 0", "holds", Judged("one", "")),
        ("exit 1", "holds", Judged("one", "ended", "exit 1: holds")),
        ("exit 0", "finding: too-late by an hour", Judged("one", "too-late", "by an hour")),
        ("exit 0", "finding:", Judged("one", "ended", "exit 0: finding:")),
        ("exit 0", "", Judged("one", "ended", "exit 0")),
        ("killed by SIGKILL", "so far", Judged("one", "ended", "killed by SIGKILL: so far")),
        ("hang", "holds", Judged("one", "hangs", "holds")),
        ("hang", "finding: too-late", Judged("one", "too-late", "")),
        ("busy", "", Judged("one", "hangs", "")),
    ],
)
def test_the_last_line_says_what_came_of_it(ending: str, last: str, is_judged: Judged) -> None:
    """Together with how the check ended."""
    lines = (Line(0.1, "holds"), Line(0.2, last), Line(0.3, " ")) if last else ()
    found = judged(Recording("one", "", "3.11", "here", "2026-11-28", ending, 1.0, lines))
    assert found == is_judged and found.holds == (ending == "exit 0" and last == "holds")


def test_each_check_is_run_with_the_readers_folder(tmp_path: Path) -> None:
    """In the order of the task; what is said of a finding is in the task."""
    lesson, answer = tmp_path / "01_made", tmp_path / "answer"
    (lesson / "exercise").mkdir(parents=True)
    answer.mkdir()
    (answer / "mine.py").write_text("SIZE = 'small'\n")
    (lesson / "exercise" / "check.py").write_text(
        "import sys\nsys.path.insert(0, sys.argv[2])\nfrom mine import SIZE\n"
        "print('holds' if SIZE == sys.argv[1] else f'finding: {SIZE} not {sys.argv[1]}')\n"
    )
    checks, findings = (("large", ""), ("small", "")), (model.Finding("small", "It is."),)
    task = model.Exercise("", checks=checks, deadline=60.0, findings=findings)
    with Stage() as stage:
        found = judge(stage, task, lesson, answer, Python(sys.executable, platform.python_version()))
    assert found == [Judged("large", "small", "not large"), Judged("small", "")]
    assert [said(task, one) for one in found] == [task.findings[0], None]


def test_a_skeleton_writes_over_nothing(tmp_path: Path) -> None:
    """What a reader has, stays."""
    (tmp_path / "exercise" / "skeleton").mkdir(parents=True)
    for name in ("a.py", "b.py"):
        (tmp_path / "exercise" / "skeleton" / name).write_text("skeleton\n")
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "a.py").write_text("written\n")
    assert exercise.start(tmp_path, mine) == [mine / "b.py"]
    assert (mine / "a.py").read_text() == "written\n"


def test_a_step_and_a_solution_are_there_or_it_is_said(tmp_path: Path) -> None:
    """Where the class is by now is a folder of its own."""
    for name, text in (("skeleton", "1"), ("skeleton-2", "2"), ("solution", "3")):
        (tmp_path / "exercise" / name).mkdir(parents=True)
        (tmp_path / "exercise" / name / "mine.py").write_text(text)
    exercise.start(tmp_path, tmp_path / "a", step=2)
    assert (tmp_path / "a" / "mine.py").read_text() == "2"
    with pytest.raises(UsageError, match="there is: skeleton, skeleton-2"):
        exercise.start(tmp_path, tmp_path / "b", step=3)
    assert exercise.solution(tmp_path, model.Exercise("", file="mine.py")) == "3"
    with pytest.raises(UsageError, match="no solution"):
        exercise.solution(tmp_path, model.Exercise("", file="other.py"))


def test_what_was_seen_is_told_as_the_text_has_it() -> None:
    """With its values; what the text does not know, in the words of the check."""
    task = model.Exercise("", seen={"{wanted} was to come": "{wanted} のはず"})
    assert told(task, Judged("one", "late", "'x' was to come")) == "'x' のはず"
    assert told(task, Judged("one", "late", "'x' came")) == "'x' came"
