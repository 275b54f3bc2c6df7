"""What can be derived from the lessons: programs that stand in none of them, their verdicts, and the sentences that lead there.

The verdicts are those of the records; each program ends as its verdict says; the sentences are in the lessons.
"""

from __future__ import annotations

import json
import lzma
import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from repro.lessons import library, model, parse, recording
from repro.lessons.runner import Python, together
from repro.observer.launch import Stage
from repro.plan import interpreters
from tests.repro.lab import ROOT, needs_records

HOME = Path(__file__).parents[1] / "lessons" / "derivation"
PROGRAMS: dict[str, dict[str, Any]] = parse.toml(HOME / "programs.toml")
RECORDS = ROOT / "reports" / "full" / "results.jsonl.xz"


@dataclass(frozen=True)
class Derived(model.Run):
    """A program of that file."""

    def source(self, folder: Path) -> str:
        return str(PROGRAMS[self.name]["program"])


@needs_records
def test_verdicts_are_those_of_the_records() -> None:
    """With fork, on every Python that was there."""
    seen: dict[tuple[str, ...], set[str]] = defaultdict(set)
    with lzma.open(RECORDS, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    for record in records:
        if record.get("start_method") == "fork":
            seen[record["scenario"], record["pool"], record["operation"]].add(record["verdict"])
    assert {name: seen[tuple(one["cell"])] for name, one in PROGRAMS.items()} == {
        name: {one["verdict"]} for name, one in PROGRAMS.items()
    }


@pytest.mark.timeout(240)
def test_programs_end_as_their_verdicts_say() -> None:
    """On this Python."""
    here = interpreters.current()
    runs = [
        Derived(
            name=name,
            program=f"{name}.py".replace("-", "_"),
            ends=(one["ends"],),
            deadline=8.0 if one["ends"] in (model.HANG, model.BUSY) else 60.0,
        )
        for name, one in PROGRAMS.items()
    ]
    with Stage() as stage:
        jobs = [(run, HOME, Python(here.path, here.version)) for run in runs]
        found = together(stage, jobs, working=os.cpu_count() or 1)
    differ = {
        run.name: [*remarks, *(line.text for line in one.lines[-12:])]
        for run, one in zip(runs, found, strict=True)
        if (remarks := recording.differences(run, one))
    }
    assert differ == {}


def test_the_sentences_are_in_the_lessons() -> None:
    """And of ten programs at least the answer can be had there; of some it can't, and a reader should say so."""
    texts = {
        number: " ".join((folder / "en.md").read_text("utf-8").split()) for number, folder in library.folders().items()
    }
    quotes = [(name, lesson, words) for name, one in PROGRAMS.items() for lesson, words in one["quotes"]]
    assert [(name, words) for name, lesson, words in quotes if words not in texts[lesson]] == []
    assert len({name for name, _, _ in quotes}) == 11 == len(PROGRAMS) - 4


#: What a verdict is called by who judges quotes: that an exception ends the program is the same as that it is raised, uncaught.
CALLED = {"parent-exit": "raised", "exit 0": "completed", "exit 1": "raised"}
OF_SAFEPOOL = parse.toml(HOME / "00_safepool" / "lesson.toml")["runs"]
#: By program. Those of the standard pools have the verdict of a record, those of safepool the ending of a run.
TRUE = {name: CALLED.get(one["verdict"], one["verdict"]) for name, one in PROGRAMS.items()} | {
    f"safepool-{name}": CALLED.get(one["ends"], one["ends"]) for name, one in OF_SAFEPOOL.items()
}
UNANSWERED = {name for name, one in PROGRAMS.items() if not one["quotes"]}


@pytest.mark.parametrize("language", library.LANGUAGES)
def test_readers_derived_the_verdicts(language: str) -> None:
    """Raw answers of readers who had the lessons alone, round by round: a text was mended, and others read that. Who judged them
    saw the quotes and the program. Of sixteen and more all but two at most are derived with quotes that suffice, no quotes that
    suffice lead to a wrong verdict, and where no lesson answers nobody has quotes that do."""
    answers = json.loads((HOME / "answers" / f"{language}.json").read_text("utf-8"))
    assert set(answers) == set(TRUE)
    judged = {
        (name, one["round"]): one["judged"] for name, rounds in answers.items() for one in rounds if "judged" in one
    }
    enough = {key: one["follows"] for key, one in judged.items() if one["suffices"]}
    assert [key for key, follows in enough.items() if TRUE[key[0]] not in follows] == []
    derived = {name for name, _ in enough}
    assert not derived & UNANSWERED and len(derived) >= len(TRUE) - len(UNANSWERED) - 2 >= 14
