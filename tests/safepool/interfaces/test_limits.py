"""Limits: sizes in bytes or words, and values that make no sense."""

from __future__ import annotations

import pytest

from safepool.interfaces import limits


@pytest.mark.parametrize(
    ("text", "size"), [("2GiB", 2 << 30), ("512 MB", 512 << 20), ("1.5G", 3 << 29), (1000, 1000), ("10k", 10240)]
)
def test_sizes(text: object, size: int) -> None:
    """Bytes, or text with a unit."""
    assert limits.parse_size(text) == size


@pytest.mark.parametrize(
    "options",
    [{"timeout": 0}, {"timeout": -1}, {"memory_limit": "much"}, {"retries": -1}, {"memory_limit": 0}],
)
def test_limits_that_make_no_sense_are_refused(options: dict[str, object]) -> None:
    """The message has the value."""
    (value,) = options.values()
    with pytest.raises(ValueError, match=str(value)):
        limits.make(**options)
