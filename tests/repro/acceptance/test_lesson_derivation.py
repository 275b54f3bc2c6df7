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
        run.name: remarks for run, one in zip(runs, found, strict=True) if (remarks := recording.differences(run, one))
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
