"""``pictures``: each of a lesson's pictures stands in the page, by itself, with the data that its program needs."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from repro.lessons import model
from tests.repro.lessons.pages import made


def test_a_run_is_drawn_and_a_cell_is_stepped(tmp_path: Path) -> None:
    """What two drawings refer to differs; what is text is text."""
    lesson = made.lesson(tmp_path)
    _, pictures = made.markup(lesson)
    run, cell = lesson.runs["hang"], lesson.cells["killed"]
    shown = [pictures.figure(model.Show(kind, run, "a `b`")) for kind in ("waits", "processes", "output")]
    shown += [pictures.figure(model.Show(kind, cell)) for kind in ("timeline", "waits", "evidence")]
    whole = "".join(shown)
    ids = re.findall(r' id="([^"]+)"', whole)
    assert len(ids) == len(set(ids)) == 8
    assert "<figcaption><p>a <code>b</code></p>" in shown[0] and "recorded on 2026-11-28" in shown[0]
    assert "<svg" not in shown[2] and "input 3" in shown[2] and "<svg" not in shown[5]
    assert 'data-cell="killed"' in shown[3]
    assert "<script" not in whole and "<img" not in whole and "<style" not in whole and "\x1b" not in whole
    [drawn] = pictures.data()["drawn"].values()
    assert drawn["timeline"]["hangs"] and pictures.data()["verdicts"][drawn["verdict"]] == {"name": "hang"}


def test_they_speak_the_lessons_language(tmp_path: Path) -> None:
    """Titles, names of workers, what became of tasks."""
    _, pictures = made.markup(lesson := made.lesson(tmp_path, "ja"))
    assert "何が何を待っているか" in pictures.figure(model.Show("waits", lesson.runs["hang"]))
    pictures.figure(model.Show("timeline", lesson.cells["killed"]))
    data = pictures.data()
    assert data["drawn"]["killed"]["timeline"]["lanes"][0]["name"] == "ワーカー1"
    assert data["fates"][0]["word"] == "結果が呼び出し元に返った" and data["words"]["caller"] == "呼び出し元"


def test_what_was_not_recorded_is_said(tmp_path: Path) -> None:
    """And the rest of the page stands."""
    lesson = made.lesson(tmp_path)
    _, pictures = made.markup(lesson)
    other = replace(lesson.cells["killed"], name="other")
    assert "not recorded yet" in pictures.figure(model.Show("timeline", other))
