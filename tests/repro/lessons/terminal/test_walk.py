"""``walk``: forward, back, answers, runs, and the end; where a reader stops, it goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from repro.lessons import model, recording
from repro.lessons.library import Records
from repro.lessons.pictures import cells
from repro.lessons.terminal.bookmark import read
from repro.lessons.terminal.steps import steps
from repro.lessons.terminal.walk import Walk
from tests.repro.lessons import made
from tests.repro.lessons.pictures.test_cells import ONE
from tests.repro.lessons.recorded import HANG as AS_LONG
from tests.repro.lessons.terminal.fake import FakeConsole

#: Nobody waits for it.
HANG = replace(AS_LONG, seconds=0.0)

KNOWN = {"belief": model.Misconception("belief", {"en": "So."}, {"en": "Not so at all."})}


def walk(
    tmp_path: Path, *keys: str, replay: bool = True, start: int = 0, height: int = 1000
) -> tuple[FakeConsole, bool, list[str]]:
    """A walk with these keys: the terminal, whether it came to its end, and which programs were run."""
    lesson = made.lesson(made.written(tmp_path) if not (tmp_path / "01_made").exists() else tmp_path / "01_made")
    recording.save(lesson.folder, HANG)
    cells.save(lesson.folder, "killed", ONE)
    console = FakeConsole(keys, height=height)
    ran: list[str] = []

    def run(one: model.Run) -> recording.Recording:
        ran.append(one.name)
        return HANG

    kept = read(tmp_path / "lessons.json")
    walked = Walk(lesson, console, Records(lesson), KNOWN, kept, None if replay else run)
    return console, walked.go(start), ran


def test_space_leads_to_the_end(tmp_path: Path) -> None:
    """Everything was shown, and the next time it begins at the beginning."""
    console, ended, ran = walk(tmp_path, *["on"] * 40)
    assert ended and ran == []
    for text in ("Some prose.", "What now?", "recorded on 2026-11-28", "Well.", "Because.", "When?", "Make it."):
        assert text in console.text
    assert "Wait." not in console.text  # a note
    assert read(tmp_path / "lessons.json").step(1) == 0


def test_a_prediction_is_answered_after_the_run(tmp_path: Path) -> None:
    """Before that it is only noted; a question is answered at once."""
    console, _, ran = walk(tmp_path, "a", "on", "on", replay=False)
    assert ran == ["hang"]
    before, after = console.text.split("HANGS: ")
    assert "No, not so." not in before.split("What now?")[1] and "No, not so." in after and "Since it is so." in after
    assert read(tmp_path / "lessons.json").held() == ["belief"]


def test_a_run_can_be_repeated_and_skipped(tmp_path: Path) -> None:
    """As often as the reader likes; one that ended otherwise than the text says, says so."""
    assert walk(tmp_path, "on", "on", "r", "on", replay=False)[2] == ["hang", "hang"]
    assert walk(tmp_path, "on", "s", "on", "on", "s", replay=False)[2] == []
    lesson = made.lesson(tmp_path / "01_made")
    lesson.runs["hang"].__dict__["ends"] = ("exit 0",)
    console = FakeConsole(["on"])
    Walk(lesson, console, Records(lesson), KNOWN, read(tmp_path / "x.json"), lambda one: HANG).go(1)
    assert "The text speaks of another end: exit 0." in console.text


def test_back_shows_the_step_before(tmp_path: Path) -> None:
    """And no further than the first."""
    console, ended, _ = walk(tmp_path, "back", "back", "on", "back")
    assert not ended and console.text.count("1/11") == 4 and console.text.count("2/11") == 1


def test_who_quits_goes_on_there(tmp_path: Path) -> None:
    """And is told how."""
    console, ended, _ = walk(tmp_path, "on", "s", "on", "q")
    assert not ended and "It goes on here: repro lesson 1" in console.text
    kept = read(tmp_path / "lessons.json").step(1)
    assert kept == 2
    again, _, _ = walk(tmp_path, start=kept)
    assert "3/11" in again.text


def test_a_step_longer_than_the_terminal_comes_in_parts(tmp_path: Path) -> None:
    """A key for each."""
    console, _, _ = walk(tmp_path, "on", height=8)
    assert len(console.shown) > 6 and any("more" in state for state in console.states)


def test_ctrl_c_leaves_the_lesson(tmp_path: Path) -> None:
    """As it leaves any command."""
    for key in (["interrupt"], ["on", "interrupt"]):
        with pytest.raises(KeyboardInterrupt):
            walk(tmp_path, *key)


def test_a_moment_is_chosen_and_hints_come_one_by_one(tmp_path: Path) -> None:
    """The recorded cell is shown; a hint only to who wants it."""
    lesson = made.lesson()
    there = [type(step.stop) for step in steps(lesson)]
    stepper, exercise = there.index(model.Stepper), there.index(model.Exercise)
    console, _, _ = walk(tmp_path, "a", "q", start=stepper)
    assert "waits for ever" in console.text or "sigkill" in console.text
    without, _, _ = walk(tmp_path, "on", start=exercise)
    assert "Like this." not in without.text
    with_, _, _ = walk(tmp_path, "h", "on", start=exercise)
    assert "Like this." in with_.text
