"""``lesson drill``: asks, shows the evidence, remembers."""

from __future__ import annotations

import io
import json
import random
from pathlib import Path

import pytest

from repro.cli import lesson_drill
from repro.lessons import library, words
from repro.lessons.pictures.cells import RecordedCell
from repro.lessons.terminal import bookmark
from repro.records import results
from repro.records.results import judge_record
from tests.repro import lab


@lab.needs_records
def test_a_prediction_is_asked_and_remembered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The program without what it comes to; then the verdict, what is true of the belief, and the timeline."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    every = results.read(lesson_drill.COMMITTED).cells
    chosen = [one for one in every if (one["scenario"], one["pool"]) == ("sys-exit-0", "multiprocessing.Pool")][:1]
    monkeypatch.setattr(lesson_drill, "_records", lambda: chosen)
    monkeypatch.setattr("sys.stdin", io.StringIO("7\nx\n1\n3\nq\n"))
    assert lesson_drill.run("en", random.Random(1)) == 0
    shown = capsys.readouterr().out
    program, _, after = shown.partition("choose")
    assert "sys.exit(0)" in program and "never ends" not in program and "hang" not in program.partition("  1  ")[0]
    assert "The status plays no part" in after and "waits for ever" in after and "1 of 2 were right." in after
    assert bookmark.read().answers == {"0 drill sys-exit-0 multiprocessing.Pool": ""}
    assert json.loads((tmp_path / "repro" / "lessons.json").read_text())["answers"]


@lab.needs_records
@pytest.mark.parametrize("language", [one for one in library.LANGUAGES if one != "en"])
def test_the_evidence_is_told_in_the_language_asked_for(language: str) -> None:
    """Why a cell has its verdict, and what the caller got: of each pool and scenario that can be asked about, once."""
    records = lesson_drill._records()
    asked = {(one.pool, one.scenario): records[one.number] for one in lesson_drill._questions(records)}
    assert asked
    for record in asked.values():
        judgement, cell = judge_record(record), RecordedCell(record, "", "").timeline()
        for text in (judgement.reason, cell.answer, *(lane.name for lane in cell.lanes)):
            assert words.translated(text, language) != text
