"""``words``: what the page's programs, drawings and records say is there in each language."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from repro.lessons import columns, library, model, words
from repro.lessons.pages import sheet
from repro.lessons.pictures import drawings, letters
from repro.report.page import drawn, shell
from repro.report.pictures.words import ENGLISH

OTHERS = [language for language in library.LANGUAGES if language != "en"]


@pytest.mark.parametrize("language", OTHERS)
def test_what_programs_say_is_translated(language: str) -> None:
    """Each text that a program looks up, and each fate; with the same values. Nothing that no program says."""
    sources = "".join(map(shell.asset, sheet.TIMELINES))
    looked_up = set(re.findall(r"tr\('([^']+)'", sources)) | {fate["word"] for fate in drawn.fates()["fates"]}
    known = words.of_programs(language)
    assert set(known) == looked_up
    for english, other in known.items():
        assert set(re.findall(r"\{(\w+)\}", english)) == set(re.findall(r"\{(\w+)\}", other))


@pytest.mark.parametrize(
    ("english", "japanese"),
    [
        ("worker 3", "ワーカー3"),
        ("exit code 1", "終了ステータス1"),
        ("waits for ever · 2 of 7 other results arrive", "ハングアップ · ほかの結果は7件中2件が返る"),
        ("raises WorkerDied, 1.5 ms after the death", "WorkerDiedが送出される(異常終了の1.5ms後)"),
        ("learns of it: WorkerDied", "検知する: WorkerDied"),
        ("never begun", "着手されなかった"),
        ("the lock of the task queue", "タスクのパイプのロック"),
        ("SIGKILL with task 3", "SIGKILL(タスク3の実行中)"),
        ("Linux, x86_64, 2 cores", "Linux、x86_64、2コア"),
        ("SIGKILL", "SIGKILL"),
        ("<b>never seen</b>", "<b>never seen</b>"),
    ],
)
def test_what_records_say_is_translated(english: str, japanese: str) -> None:
    """As far as that is known; the rest is as it was."""
    assert words.translated(english, "ja") == japanese
    assert words.translated(english, "en") == english


#: What is a name, in every language: of a pool, a signal, a Python, a process.
NAMES = re.compile(r"[\w.]+|(\w+, )*Python [\d.]+|pid \d+|\W*")


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("number", library.folders())
def test_what_the_pictures_of_the_lessons_say_is_translated(
    monkeypatch: pytest.MonkeyPatch, number: int, language: str
) -> None:
    """Every text that a drawing of a record is made of, in letters and drawn: none stays in English. Letters are aligned on every
    terminal."""
    unknown: set[str] = set()
    known = words.of(language)

    def told(text: str) -> str:
        other = known.told(text)
        if other == text and text.isascii() and not NAMES.fullmatch(text):
            unknown.add(text)
        return other

    monkeypatch.setattr(words, "of", lambda _: replace(known, told=told))
    lesson = replace(library.lesson(number), language=language)
    records = library.Records(lesson)
    for show in shows(lesson):
        one = records.of(show.of)
        if one is not None:
            assert all(columns.aligned(line) for line in letters.show(show, lesson, one, 80))
            drawings.svg(show, lesson, one, "")
    assert unknown == set()


def shows(lesson: model.Lesson) -> list[model.Show]:
    """The pictures of a lesson; of what can be chosen, too."""
    found = [block for block in lesson.blocks() if isinstance(block, model.Show)]
    steppers = [block for block in lesson.blocks() if isinstance(block, model.Stepper)]
    return found + [model.Show("timeline", moment.cell) for block in steppers for moment in block.moments]


def test_english_stays_as_it_is() -> None:
    """And an empty text has no line, in any language."""
    assert words.of("en") is ENGLISH
    assert words.of("ja").wrapped("", 20, "") == words.of("en").wrapped("", 20, "") == []
