"""How verdicts are called: each by names of its own."""

from __future__ import annotations

from repro.report.pictures.matrix import WORST
from repro.report.pictures.matrix_svg import COLOURS
from repro.report.words import VERDICTS
from repro.verdicts.judge import Verdict


def test_no_two_verdicts_are_called_alike() -> None:
    """Two that look alike would be a false table, and one that is left out a gap in it."""
    assert set(VERDICTS) == set(Verdict) == set(WORST) == set(COLOURS)
    for names in zip(*VERDICTS.values(), strict=True):
        assert len(set(names)) == len(Verdict)


def test_a_sign_is_one_letter_that_every_locale_has() -> None:
    assert all(len(words.sign) == 1 and words.sign.isascii() and words.short.isascii() for words in VERDICTS.values())
