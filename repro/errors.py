"""The errors that end a command, and the statuses it ends with."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

#: Every cell is as expected (a Pool that hangs *is* expected).
AS_EXPECTED = 0
#: Something differs from what is expected.
DIFFERS = 1
#: Some cells are inconclusive: their fault left no evidence.
INCONCLUSIVE = 2
#: The command line is wrong (sysexits.h: EX_USAGE).
USAGE = 64
#: Our own fault, or the machine's (sysexits.h: EX_SOFTWARE).
SOFTWARE = 70
#: Ended by Ctrl-C (128 + SIGINT).
INTERRUPTED = 130

#: So many names an error tells; a screen full of them hides what happened.
SHOWN = 20


class ReproError(Exception):
    """Ends a command with a message on stderr. ``exit_status`` says how."""

    exit_status = SOFTWARE


class UsageError(ReproError):
    """What was asked for can't be done; nothing was started."""

    exit_status = USAGE


class RecordError(ReproError):
    """Records that can't be read. The message names the file and the line."""

    exit_status = USAGE


def unknown(kind: str, asked: str, known: Iterable[str]) -> UsageError:
    """The error for a name that is not there: names the nearest valid ones, or, where none is near, what there is."""
    names = list(known)
    near = (
        get_close_matches(asked, names, n=3, cutoff=0.5)
        or [name for name in names if asked.lower() in name.lower()][:3]
    )
    if near:
        return UsageError(f"no {kind} {asked!r}; nearest: {', '.join(near)}")
    more = f", and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return UsageError(f"no {kind} {asked!r}; there are: {', '.join(names[:SHOWN]) or 'none'}{more}")
