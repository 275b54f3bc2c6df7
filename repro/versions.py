"""Python versions as numbers."""

from __future__ import annotations

import re


def release_of(version: str) -> tuple[int, ...]:
    """A version's numbers, for sorting: ``3.15.0b4`` -> (3, 15, 0)."""
    return tuple(int(number) for number in re.findall(r"(?:^|\.)(\d+)", version))
