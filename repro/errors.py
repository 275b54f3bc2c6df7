"""The errors that end a command, and the statuses it ends with: those of all commands, once.

The README's table of statuses and the help texts are made of ``STATUSES``; ``tests/repro/test_errors.py`` holds them together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import NamedTuple

#: Every cell is as expected (a Pool that hangs *is* expected).
AS_EXPECTED = 0
#: Something differs from what is expected.
DIFFERS = 1
#: Some cells are inconclusive: their fault left no evidence.
INCONCLUSIVE = 2
#: Nothing of what was asked for can be run here.
NOTHING_RAN = 3
#: The command line is wrong (sysexits.h: EX_USAGE).
USAGE = 64
#: Our own fault, or the machine's (sysexits.h: EX_SOFTWARE).
SOFTWARE = 70
#: 128 + SIGHUP: the terminal was closed.
HUNG_UP = 129
#: Ended by Ctrl-C (128 + SIGINT).
INTERRUPTED = 130
#: Whoever read the output has left: head, less (128 + SIGPIPE).
READER_LEFT = 141
#: 128 + SIGTERM.
TERMINATED = 143


class Meaning(NamedTuple):
    """What a status says. generally: of any command. of: by command, what it says of that one, where that is more. every:
    whether every command has it, those that ``of`` leaves out, too."""

    generally: str
    of: Mapping[str, str] = MappingProxyType({})
    every: bool = False


#: What each status means. One with ``of`` is of those commands only, unless every one has it; the others are of all.
STATUSES: dict[int, Meaning] = {
    AS_EXPECTED: Meaning(
        "done, and nothing differs from what is expected (a Pool that hangs is expected)",
        {
            "diagnose": "not stuck: it computes, waits for something outside, or has nothing to do; --watch: nor did a death "
            "cost anything",
        },
        every=True,
    ),
    DIFFERS: Meaning(
        "something differs",
        {
            "run": "a verdict is not the known one (or is in --fail-on); a cell of which nothing is known hangs",
            "find": "nothing says so",
            "report": "a verdict is not the known one, with --expect; or is in --fail-on",
            "compare": "a verdict changed; of several runs: they don't agree",
            "check-adapter": "something is wrong with the adapter",
            "lesson": (
                "doctor: something that the lessons need is missing; make: a program did not do what its text says; "
                "--check: not all holds"
            ),
            "pools": "a pool could not be installed",
            "bench": "--against: something is slower, or can't be measured here and can there",
            "diagnose": "a program is stuck; --watch: it was, or the death of a worker has cost something",
        },
    ),
    INCONCLUSIVE: Meaning(
        "nothing differs, and something could not be told",
        {
            "run": "the fault of a cell left no evidence, or the machine was too slow",
            "check-adapter": "something could not be checked",
            "bench": "--against: too few rounds",
            "diagnose": "whether it is stuck, or slow, can't be told; --watch: whether a death has cost something",
        },
    ),
    NOTHING_RAN: Meaning(
        "nothing ran: the reason is said",
        {
            "run": "no cell can be run here",
            "check-adapter": "the pool is not there",
            "bench": "none of the pools can do any of the benchmarks here",
        },
    ),
    USAGE: Meaning("wrong usage, or records that can't be read; nothing was started"),
    SOFTWARE: Meaning(
        "our own fault, or the machine's (a full disk, say): a line says what, and where the traceback is kept"
    ),
    HUNG_UP: Meaning("the terminal was closed (SIGHUP); what was measured is kept"),
    INTERRUPTED: Meaning("Ctrl-C; what was measured is kept"),
    READER_LEFT: Meaning("who read the output has left, as head does"),
    TERMINATED: Meaning("SIGTERM; what was measured is kept"),
}


def statuses_of(command: str) -> dict[int, str]:
    """The statuses that a command can end with, and what each says of it."""
    return {
        status: meaning.of.get(command, meaning.generally)
        for status, meaning in STATUSES.items()
        if command in meaning.of or not meaning.of or meaning.every
    }


#: So many names an error tells; a screen full of them hides what happened.
SHOWN = 20


class ReproError(Exception):
    """Ends a command with a message on stderr. ``exit_status`` says how."""

    exit_status = SOFTWARE


class NothingRan(ReproError):
    """Nothing of what was asked for can be done here. The message says why."""

    exit_status = NOTHING_RAN


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
