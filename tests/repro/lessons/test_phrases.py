"""``phrases``: each in every language, with the same values."""

from __future__ import annotations

import re

import pytest

from repro.lessons import library
from repro.lessons.phrases import PHRASES, say


@pytest.mark.parametrize("key", PHRASES)
def test_a_phrase_is_there_in_each_language(key: str) -> None:
    """And takes the same values in each."""
    several = PHRASES[key]
    assert set(several) == set(library.LANGUAGES)
    assert len({frozenset(re.findall(r"\{(\w+)\}", one)) for one in several.values()}) == 1


def test_a_phrase_is_filled_in() -> None:
    """In the language asked for, or the first one."""
    assert say("en", "worker", number=2) == "worker 2"
    assert say("xx", "parent") == "parent"
