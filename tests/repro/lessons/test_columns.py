"""``columns``: how wide a text is, and where it may be broken."""

from __future__ import annotations

import pytest

from repro.lessons import columns
from repro.lessons.columns import Span, wrapped


def text(lines: list[list[Span]]) -> list[str]:
    return ["".join(span.text for span in line) for line in lines]


def test_width_is_that_of_a_terminal() -> None:
    """Japanese characters take two columns, combining ones none."""
    assert columns.width("a親ア・é") == 8 and columns.width("e\u0301") == 1
    assert columns.padded("親", 4) == "親  " and columns.padded("親", 4, right=True) == "  親"
    assert columns.cut("親プロセス", 8) == "親プ..." and columns.cut("親", 2) == "親"
    assert columns.aligned("▬▸✕ 親") and not columns.aligned("─")


def test_english_is_broken_at_spaces() -> None:
    """Indents count."""
    assert text(wrapped([Span("one two three four")], 11, "- ", "  ")) == ["- one two", "  three", "  four"]


def test_a_word_of_two_styles_stays_whole() -> None:
    """And each part keeps its style."""
    lines = wrapped([Span("call "), Span("map", "code"), Span(", then wait")], 9)
    assert text(lines) == ["call map,", "then wait"]
    assert Span("map", "code") in lines[0]


@pytest.mark.parametrize("width", range(8, 30))
def test_japanese_is_broken_by_its_rules(width: int) -> None:
    """Between any two characters, but no line begins with a full stop, nor ends with an opening bracket."""
    sentence = "結果は(メッセージ)である。終了したプロセスは、何も送らない。"
    lines = text(wrapped([Span(sentence)], width))
    assert "".join(lines) == sentence
    assert all(columns.width(line) <= width + 2 for line in lines)
    assert not any(line[0] in columns.NOT_FIRST or line[-1] in columns.NOT_LAST for line in lines)
