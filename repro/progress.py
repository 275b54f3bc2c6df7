"""Tells somebody at a terminal how far something is that takes a while. Elsewhere, and of what is soon over, nothing is told."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

#: From how many on a bar is shown: fewer are done before anybody could read it.
MANY = 500


def each(items: Iterable[T], does: str, total: int | None = None) -> Iterator[T]:
    """The same items, with a bar on stderr while they are gone through. does: what is done with them; total: how many there are,
    where they don't know it themselves."""
    count = len(items) if total is None and isinstance(items, Collection) else total or 0
    if count < MANY or not sys.stderr.isatty():
        return iter(items)
    from tqdm import tqdm

    return iter(tqdm(items, desc=does, total=count, leave=False, dynamic_ncols=True, mininterval=0.2))
