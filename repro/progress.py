"""Tells how far something is that takes a while: on a terminal by a bar, in the log of a run by a line now and then."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
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


#: How long a log is silent, in seconds. What is over sooner says nothing.
EVERY = 30.0


@dataclass
class Lines:
    """Says now and then how far a run is, for those who read its log while it goes on. cells: how many there are to be run.

    say: what takes a line. clock: in seconds.
    """

    cells: int
    say: Callable[[str], None]
    clock: Callable[[], float]
    began: float = field(init=False)
    said: float = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.said = self.clock()

    def tell(self, done: int, differing: Callable[[], int]) -> None:
        """Say it, if it was not said for a while. done: how many cells have ended; differing: counts those that
        differ from what is known."""
        now = self.clock()
        if now - self.said >= EVERY:
            self.said = now
            self.say(in_words(done, self.cells, differing(), now - self.began))


def in_words(done: int, cells: int, differing: int, seconds: float) -> str:
    """``120 of 600 cells after 2 min, 1 differs from what is known; about 8 min more``. seconds: since the run began."""
    differs = "none differs" if not differing else "1 differs" if differing == 1 else f"{differing:,} differ"
    more = f"; about {_minutes(seconds / done * (cells - done))} more" if done else ""
    return f"{done:,} of {cells:,} cells after {_minutes(seconds)}, {differs} from what is known{more}"


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
