"""``templates``: what fits a template is said in its other words, with its values."""

from __future__ import annotations

import pytest

from repro.lessons.templates import filled

KNOWN = {
    "worker {number}": "W{number}",
    "task {task} in {name}": "{name}: T{task}",
    "{first}; {second}": "{second} / {first}",
    "plain": "simple",
}


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("plain", "simple"),
        ("worker 3", "W3"),
        ("task 1 in worker 3", "W3: T1"),
        ("worker 3; plain", "simple / W3"),
        ("worker three", "worker three"),
        ("task 1 in (a+b)", "(a+b): T1"),
        ("not plain", "not plain"),
    ],
)
def test_what_fits_is_said_otherwise(text: str, other: str) -> None:
    """Its values, too; a number is one; the rest stays as it is."""
    assert filled(text, KNOWN) == other
