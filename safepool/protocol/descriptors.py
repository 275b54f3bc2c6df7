"""Descriptors and the *book* that says who has them: a list of their numbers.

A handler of a signal may raise between any two bytecodes of the main thread. A descriptor that was made and is not in a
book yet would stay open for ever; one that is closed and still in its book would be closed twice, and the second time be
somebody else's. So both steps, make and note, forget and close, are one call of C here, in which no handler runs.
"""

import itertools
from collections import deque
from typing import Any, Callable, List

from .clock import pause
from .originals import System, cooperative

#: How often closing is tried again where there is no memory for it; 10 ms lie between.
TRIES = 100


def note(book: List[int], make: Callable[..., int], *arguments: Any) -> int:
    """Make a descriptor, note it, and return it. Raises what ``make``, a function of C, raises; the book is as before then."""
    book.extend(itertools.starmap(make, (arguments,)))
    return book[-1]


def note_pipe(book: List[int]) -> None:
    """A pipe: its reading end, then its writing end, are the last in the book. Raises OSError."""
    book.extend(itertools.chain.from_iterable(itertools.starmap(System.pipe, ((),))))


def close_last(book: List[int]) -> None:
    """Never raises for a descriptor that is closed already, by whomever: it is gone all the same (close(2))."""
    try:
        deque(map(cooperative("os", "close"), itertools.starmap(book.pop, ((),))), 0)
    except OSError:
        pass


def close_anyway(one: Any) -> None:
    """Close a socket or a poller, which forgets its number before it asks the system. Never raises OSError, as above."""
    try:
        one.close()
    except OSError:
        pass


def close_all(book: List[int]) -> None:
    """Where there is no memory, not even for a call, that is tried again for a while."""
    tries = TRIES
    while book and tries:
        try:
            close_last(book)
        except MemoryError:
            tries -= 1
            pause(0.01)
