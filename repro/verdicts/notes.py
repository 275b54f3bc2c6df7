"""Why a cell comes to what is known of it, in a few words: ``notes.json``, kept apart from the rules, which are made anew.

A note is of one outcome: it names the scenarios, perhaps a pool, and the verdict, so that it is never read beside another. Where
it depends on the version, too, it says so; and which errors it speaks of, where the outcome is one.
"""

from __future__ import annotations

import fnmatch
import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from repro.verdicts.judge import Verdict
from repro.versions import release_of

if TYPE_CHECKING:
    from repro.verdicts.expectations import Expectation

FILE = Path(__file__).with_name("notes.json")


@dataclass(frozen=True)
class Note:
    """A note on one outcome.

    scenarios, pool: globs of what it is about. verdict: the outcome. since, until: it is about rules for these versions only; ""
    for no bound. errors: the types that a caller may get, where the outcome is an error. reference: an issue, or a place in the
    source. note: the words.
    """

    scenarios: tuple[str, ...]
    verdict: Verdict
    note: str
    pool: str = "*"
    since: str = ""
    until: str = ""
    errors: tuple[str, ...] = ()
    reference: str = ""

    def is_about(self, rule: Expectation, verdict: Verdict) -> bool:
        """Whether it is about a rule's cells when they come to that verdict."""
        return (
            verdict is self.verdict
            and any(fnmatch.fnmatchcase(rule.scenario, one) for one in self.scenarios)
            and fnmatch.fnmatchcase(rule.pool, self.pool)
            and (not self.since or release_of(rule.since) >= release_of(self.since))
            and (not self.until or (bool(rule.until) and release_of(rule.until) <= release_of(self.until)))
        )


@functools.cache
def notes() -> tuple[Note, ...]:
    """All of them; of several that are about the same, the first holds."""
    stored = json.loads(FILE.read_text("utf-8"))
    return tuple(
        Note(
            **{
                **one,
                "scenarios": tuple(one["scenarios"]),
                "verdict": Verdict(one["verdict"]),
                "errors": tuple(one.get("errors", ())),
            }
        )
        for one in stored
    )


def note_on(rule: Expectation, verdict: Verdict) -> Note | None:
    """The note on a rule's cells that come to that verdict, or None."""
    return next((note for note in notes() if note.is_about(rule, verdict)), None)


def with_note(rule: Expectation, verdict: Verdict) -> str:
    """An outcome and its note: ``hang (it died with the queue's lock)``."""
    note = note_on(rule, verdict)
    return f"{verdict} ({note.note})" if note else str(verdict)
