"""``words``: a picture's words, and the columns that they take."""

from __future__ import annotations

from repro.report.pictures.words import ENGLISH, Words

WIDE = Words(width=lambda text: len(text) + text.count("字"))


def test_english_is_told_as_it_is() -> None:
    """And broken between words, not where a word has a hyphen."""
    assert ENGLISH.told("waits for ever") == "waits for ever"
    assert ENGLISH.wrapped("until end-of-file comes", 13, "  ") == ["until", "  end-of-file", "  comes"]
    assert ENGLISH.right("ab", 4) == "  ab"


def test_a_wide_letter_takes_two_columns() -> None:
    """The second one is empty, so that a row of columns is as long as it is wide."""
    assert WIDE.cells("a字b") == ["a", "字", "", "b"]
    assert WIDE.right("a字", 5) == "  a字"
