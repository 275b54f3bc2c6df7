"""Every program of every lesson, on the oldest Python, on this one and on the newest: it does what the text says.

And every line of CPython that a lesson quotes is in the interpreters here.
"""

from __future__ import annotations

import functools
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from repro.lessons import library, model, parse, recording, rules
from repro.lessons.runner import Python, lacks, together
from repro.observer.launch import Stage
from repro.plan import interpreters
from repro.plan.interpreters import Interpreter
from repro.versions import release_of

#: The least that a program has here until it is said to hang, in seconds; those that wait cost nothing.
DEADLINE = 10.0

FOLDERS = list(library.folders().values())


@functools.cache
def pythons() -> list[Interpreter]:
    """The oldest CPython here, this one, and the newest."""
    there = [one for one in interpreters.every() if one.implementation == "CPython" and not one.free_threaded]
    chosen = {one.version: one for one in (there[0], interpreters.current(), there[-1])}
    return list(chosen.values())


def wanted(run: model.Run) -> list[Interpreter]:
    """Those that a run is for."""
    return pythons() if run.python == "default" else interpreters.select([run.python])[-1:]


def patient(run: model.Run) -> model.Run:
    """The same run on a machine that may have much else to do; once, since one of several endings is as good as another."""
    return replace(run, deadline=max(run.deadline, DEADLINE), times=1)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.name))
def test_programs_do_what_the_text_says(folder: Path) -> None:
    """A kind of ending, or one of several where it is chance, and what is printed; no digit of a time."""
    runs = [run for run in parse.read(folder, library.LANGUAGES[0]).runs.values() if not lacks(run)]
    jobs = [(patient(run), folder, Python(one.path, one.version)) for run in runs for one in wanted(run)]
    with Stage() as stage:
        found = together(stage, jobs, working=os.cpu_count() or 1)
    differ = {
        f"{run.name} on {python.version}": remarks
        for (run, _, python), one in zip(jobs, found, strict=True)
        if (remarks := recording.differences(run, one))
    }
    assert differ == {}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.name))
def test_quoted_lines_are_in_cpython(folder: Path) -> None:
    """In every interpreter here from and up to the versions that the quote says."""
    quotes = {
        block
        for language in library.languages(folder)
        for block in parse.read(folder, language).blocks()
        if isinstance(block, model.Quote)
    }
    looked = [
        (quote, one)
        for quote in quotes
        for one in interpreters.every()
        if one.implementation == "CPython" and meant(quote, one)
    ]
    assert {quote for quote, _ in looked} == quotes, "a quote that no interpreter here could have"
    missing = {
        f"{quote.file} of {one.version}": lines
        for quote, one in looked
        if (lines := rules.not_there(quote, (library_of(one.path) / quote.file).read_text("utf-8")))
    }
    assert missing == {}


def meant(quote: model.Quote, one: Interpreter) -> bool:
    """Whether a quote is of this version, too."""
    since, until = (release_of(version) for version in (quote.since or "3.8", quote.until or "99"))
    return since <= one.release[: len(since)] and one.release[: len(until)] <= until


@functools.cache
def library_of(path: str) -> Path:
    """Where an interpreter has its standard library."""
    command = [path, "-I", "-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"]
    return Path(subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip())
