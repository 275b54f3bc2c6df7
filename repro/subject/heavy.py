"""A number that weighs: as an argument or a result it takes many bytes on its way, and it arrives as the number alone."""

from __future__ import annotations

from typing import Any


class Heavy(int):
    """Make one with ``heavy``."""

    size = 0

    def __reduce__(self) -> Any:
        return _unload, (int(self), bytes(self.size))


def heavy(number: int, size: int) -> int:
    """A number whose pickle has so many bytes more."""
    loaded = Heavy(number)
    loaded.size = size
    return loaded


def _unload(number: int, load: bytes) -> int:
    return number
