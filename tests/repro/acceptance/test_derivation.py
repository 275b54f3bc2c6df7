"""The programs that stand in no lesson: each does what its record says, so that a reader's derivation is judged by what is so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from repro.lessons import model, parse, recording
from repro.lessons.runner import Python, together
from repro.observer.launch import Stage
from repro.plan import interpreters

HOME = Path(__file__).parent.parent / "lessons" / "derivation"
FOLDERS = sorted(path for path in HOME.glob("[0-9]*") if path.is_dir())


def runs(folder: Path) -> list[model.Run]:
    """The programs of a folder, as its ``lesson.toml`` has them."""
    head = "---\ntitle: derivation\nfor: readers\n---\n"
    return list(parse.lesson(folder, "en", parse.toml(folder / "lesson.toml"), head).runs.values())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.name))
def test_the_records_are_of_these_programs(folder: Path) -> None:
    """And say what is expected: how it ended, and what it printed."""
    assert {run.program for run in runs(folder)} == {path.name for path in (folder / "programs").glob("*.py")}
    for run in runs(folder):
        recorded = recording.load(folder, run)
        assert recorded is not None and recorded.source == recording.digest(run.source(folder)), run.name
        assert recording.differences(run, recorded) == [], run.name


@pytest.mark.timeout(240)
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.name))
def test_they_do_it_again(folder: Path) -> None:
    """Here and now."""
    one = interpreters.current()
    jobs = [(run, folder, Python(one.path, one.version)) for run in runs(folder)]
    with Stage() as stage:
        found = together(stage, jobs, working=os.cpu_count() or 1)
    differ = {run.name: recording.differences(run, seen) for (run, _, _), seen in zip(jobs, found, strict=True)}
    assert not any(differ.values()), differ
