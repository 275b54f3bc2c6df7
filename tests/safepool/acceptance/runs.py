"""What all runners of subjects do alike: on which interpreters, by which start methods, several at once, and what is said of it.

A runner keeps what is its own: which items there are, how programs share them, and how long each may take.
"""

from __future__ import annotations

import argparse
import collections
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tests.safepool.acceptance import harness, interpreters

START_METHODS = ("fork", "spawn", "forkserver")

Share = TypeVar("Share")

#: What a runner does with one interpreter and one start method: the name of each part, and what came of it.
Parts = Callable[[str, str], Iterable[tuple[str, Sequence[harness.Outcome]]]]


def at_once(
    parallel: int, run: Callable[[Share], Sequence[harness.Outcome]], shares: Iterable[Share]
) -> list[harness.Outcome]:
    """Run each of the shares, ``parallel`` at once; the outcomes in the shares' order."""
    with ThreadPoolExecutor(parallel) as threads:
        return [outcome for found in threads.map(run, shares) for outcome in found]


def parser(description: str | None) -> argparse.ArgumentParser:
    """What every runner can be asked for by hand; each adds its own."""
    found = argparse.ArgumentParser(description=description)
    found.add_argument("--python", action="append", metavar="MINOR", help="this interpreter, if none is named")
    found.add_argument("--start-method", choices=START_METHODS, action="append", help="all, if none is named")
    return found


def by_hand(arguments: argparse.Namespace, parts: Parts) -> int:
    """Go over what was asked for, print what came of each part and whatever did not pass; returns the exit status."""
    bad = False
    for minor in arguments.python or [interpreters.THIS]:
        python = interpreters.interpreter(minor)
        if python is None:
            print(f"{minor}: absent")
            continue
        for start_method in arguments.start_method or START_METHODS:
            for part, outcomes in parts(python, start_method):
                counts = dict(collections.Counter(outcome.verdict for outcome in outcomes))
                seconds = sum(outcome.seconds for outcome in outcomes)
                print(f"{minor} {start_method} {part}: {counts}, {seconds:.1f} s in items", flush=True)
                text = harness.problems(outcomes)
                if text:
                    bad = True
                    print(text, flush=True)
    return int(bad)
