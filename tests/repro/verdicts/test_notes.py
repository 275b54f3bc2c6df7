"""Notes: each is of one outcome, is about something, and says what was seen when that was measured."""

from __future__ import annotations

import re

import pytest

from repro.records import results
from repro.records.judged import judged
from repro.verdicts import notes
from repro.verdicts.expectations import Expectation, about, rules
from repro.verdicts.judge import Verdict
from repro.verdicts.notes import Note, note_on, with_note
from tests.repro import lab
from tests.repro.cells import EXECUTOR, POOL

#: Every outcome that is known, of any cell.
OUTCOMES = [(rule, verdict) for rule in rules() for verdict in rule.verdicts]

#: What may not be said beside an outcome, since it is another one.
ANOTHER = {
    Verdict.COMPLETED: r"\bfails?\b|for everything|never|respawns|is gone|re-raised|error",
    Verdict.RAISED: r"never|respawns|spins|is gone|forgets|re-raised",
    Verdict.HANG: r"\bfails?\b|BrokenProcessPool|re-raised|error|takes its place",
    Verdict.LIVELOCK: r"\bfails?\b|BrokenProcessPool|re-raised|error|takes its place",
    Verdict.PARENT_EXIT: r"\bfails?\b|BrokenProcessPool|forgets|takes its place",
    Verdict.LOST: r"\bfails?\b|BrokenProcessPool|forgets|re-raised",
}


@pytest.mark.parametrize("note", notes.notes(), ids=lambda note: f"{note.pool} {note.verdict} {note.scenarios[0]}")
def test_each_note_is_about_something(note: Note) -> None:
    """Every scenario that it names comes to that outcome in that pool, and no earlier note is read there instead."""
    assert note.note and note.verdict in ANOTHER
    assert bool(note.errors) == (note.verdict is Verdict.RAISED) or note.verdict is Verdict.PARENT_EXIT
    for scenario in note.scenarios:
        alone = Note(**{**note.__dict__, "scenarios": (scenario,)})
        assert any(alone.is_about(rule, verdict) and note_on(rule, verdict) is note for rule, verdict in OUTCOMES), (
            scenario
        )


def test_no_note_contradicts_its_outcome() -> None:
    """Over all that is known: the note on an outcome is of that outcome, and its words are."""
    told = [(rule, verdict, note) for rule, verdict in OUTCOMES if (note := note_on(rule, verdict))]
    assert len(told) > 200
    wrong = [
        (rule.scenario, rule.pool, str(verdict), note.note)
        for rule, verdict, note in told
        if note.verdict is not verdict
        or re.search(
            ANOTHER[verdict], re.sub(r"the task's own error|BrokenProcessPool for the next call", "", note.note)
        )
    ]
    assert wrong == []


def test_the_three_pools_have_a_note_on_whatever_is_bad() -> None:
    """Who reads that a pool of the standard library hangs, or what safepool raises, reads why."""
    bad = {Verdict.HANG, Verdict.LIVELOCK, Verdict.LOST, Verdict.PARENT_EXIT, Verdict.RAISED}
    silent = [
        (rule.scenario, rule.pool, str(verdict))
        for rule, verdict in OUTCOMES
        if rule.pool in (POOL, EXECUTOR, "safepool") and verdict in bad and note_on(rule, verdict) is None
    ]
    assert silent == []


@lab.needs_records
def test_notes_on_errors_name_those_that_were_seen() -> None:
    """Of the full run: the error that a caller got is one of those that the note on it speaks of."""
    wrong = {
        (cell.scenario, cell.pool, cell.judgement.error["type"])
        for cell in judged(results.read(lab.ROOT / "reports" / "full"))
        if cell.known is not None
        and cell.judgement.error is not None
        and (note := note_on(cell.known, cell.judgement.verdict))
        and note.errors
        and cell.judgement.error["type"] not in note.errors
    }
    assert wrong == set()


def test_a_note_may_be_of_some_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same outcome had another cause then."""
    old, new = Note(("one",), Verdict.HANG, "old", until="3.8.18"), Note(("o*",), Verdict.HANG, "new", since="3.12.1")
    monkeypatch.setattr(notes, "notes", lambda: (old, new))
    for since, until, words in (
        ("", "3.8.18", "old"),
        ("3.12.1", "3.13.0", "new"),
        ("3.9.0", "3.11.0", None),
        ("", "", None),
    ):
        note = note_on(Expectation((Verdict.HANG,), "one", POOL, since=since, until=until), Verdict.HANG)
        assert (note.note if note else None) == words
    both = Expectation((Verdict.HANG, Verdict.RAISED), "one", POOL, since="3.12.1")
    assert [with_note(both, verdict) for verdict in both.verdicts] == ["hang (new)", "raised"]


def test_what_is_known_ends_with_what_covers_all() -> None:
    """Of a pool that is named nothing more is said than its own rules; of any other, what holds for any."""
    assert [(rule.start_method, rule.verdicts) for rule in about("grandchild", EXECUTOR)] == [
        ("fork", (Verdict.HANG,)),
        ("forkserver", (Verdict.RAISED,)),
        ("spawn", (Verdict.HANG,)),
    ]
    assert [rule.pool for rule in about("ok", "a.third.Partys")] == ["*"]
    assert about("sigkill", "a.third.Partys") == []
