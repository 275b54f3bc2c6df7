"""``words``: what the page's programs and records say is there in each language."""

from __future__ import annotations

import re

import pytest

from repro.lessons import library
from repro.lessons.pages import sheet, words
from repro.report.page import drawn, shell

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
        ("waits for ever · 2 of 7 other results arrive", "ハングアップする · ほかの結果は 7 件中 2 件が返る"),
        ("raises WorkerDied, 1.5 ms after the death", "WorkerDied が送出される(異常終了の 1.5 ms 後)"),
        ("learns of it: WorkerDied", "検知する: WorkerDied"),
        ("never begun", "着手されなかった"),
        ("SIGKILL", "SIGKILL"),
        ("<b>never seen</b>", "<b>never seen</b>"),
    ],
)
def test_what_records_say_is_translated(english: str, japanese: str) -> None:
    """As far as that is known; the rest is as it was."""
    assert words.translated(english, "ja") == japanese
    assert words.translated(english, "en") == english
