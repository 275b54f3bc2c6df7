"""``recording``: what is kept of a run is read back as it was, and compared with what the lesson says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from repro.errors import RecordError
from repro.lessons import model, recording
from repro.lessons.recording import Line, Recording
from repro.observation import Holding, Member, Observation, Window

SEEN = Observation(
    main_pid=10,
    timeout=4.0,
    deadline_passed=True,
    deaths={"11": 1},
    window=Window(1.0, 4, 0.0, 0, 3, 0),
    members=[Member(10, 1, 0.0, None, "S")],
    holdings=[Holding(10, 1, "S", [1], [2])],
)
ONE = Recording(
    *("hang", "abc", "3.11.7", "Linux", "2026-11-28", "hang", 4.0),
    (Line(0.1, "input 3"), Line(0.2, "入力")),
    (2.5,),
    {"hang": 3},
    SEEN,
)
RUN = model.Run("hang", "hang.py", shows=("input 3",), hides=("[",))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """The same bytes again, whatever the Python: nothing of it depends on when it is read."""
    recording.save(tmp_path, ONE)
    again = recording.load(tmp_path, RUN)
    assert again == ONE
    assert recording.text_of(again) == recording.file_of(tmp_path, "hang").read_text("utf-8")
    assert recording.load(tmp_path, replace(RUN, name="other")) is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"schema": 2}, "schema 2, and 1 is known"),
        ({"lines": [[1]]}, "ValueError"),
        ({"seen": {"main": 1}}, "TypeError"),
    ],
)
def test_a_file_that_is_no_record_is_said(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    """The file, and what is wrong."""
    file = recording.file_of(tmp_path, "hang")
    file.parent.mkdir()
    file.write_text(json.dumps({**json.loads(recording.text_of(ONE)), **change}))
    with pytest.raises(RecordError, match=rf"hang\.json: .*{says}"):
        recording.load(tmp_path, RUN)
    file.write_text("{")
    with pytest.raises(RecordError, match=r"hang\.json: "):
        recording.load(tmp_path, RUN)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, []),
        ({"ending": "exit 0", "counts": {}}, ["it ended with exit 0, and the text says: hang"]),
        ({"counts": {"hang": 2, "exit 1": 1}}, ["it ended with exit 1, and the text says: hang"]),
        ({"lines": (Line(0.1, "input 2"),)}, ["it printed no 'input 3'"]),
        ({"lines": (Line(0.1, "input 3"), Line(0.2, "[1]"))}, ["it printed '['"]),
    ],
)
def test_what_differs_from_the_text_is_said(changes: dict[str, Any], says: list[str]) -> None:
    """How it ended, however often, and what it printed."""
    assert recording.differences(RUN, replace(ONE, **changes)) == says


def test_another_program_has_another_digest() -> None:
    """So that an old record is known."""
    assert recording.digest("exit(0)") != recording.digest("exit(1)")
    assert ONE.output == "input 3\n入力\n" and ONE.hangs and not replace(ONE, ending="exit 0").hangs
