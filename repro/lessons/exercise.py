"""Judges what a reader wrote for the task of a lesson: by running it, under the watchdog, check by check.

``exercise/check.py`` is one program for all checks, in the grammar of 3.8. It is run as ``check.py NAME FOLDER``; FOLDER is the
reader's. An answer holds where that program ends with 0, and ``holds`` is its last line. Where that is ``finding: KEY what was
seen``, the text of the task has what is said of it. Nothing holds by absence: an answer that ends the check, or keeps it
waiting, is found out.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from repro.errors import UsageError
from repro.lessons import model, runner, templates
from repro.lessons.recording import Recording
from repro.lessons.runner import Python
from repro.observer.launch import Stage

#: The findings that a check need not print: the answer keeps it waiting; it ends it, or can't be loaded.
HANGS, ENDED = "hangs", "ended"
HOLDS, FOUND = "holds", "finding:"


@dataclass(frozen=True)
class Judged:
    """What came of a check. key: of the finding; "" where it holds. seen: what the check saw, in its words."""

    check: str
    key: str
    seen: str = ""

    @property
    def holds(self) -> bool:
        return not self.key


@dataclass(frozen=True)
class Check(model.Run):
    """A check as a run: its program lies in ``exercise/``."""

    def source(self, folder: Path) -> str:
        return (folder / "exercise" / self.program).read_text("utf-8")


def judge(stage: Stage, exercise: model.Exercise, folder: Path, answer: Path, python: Python) -> list[Judged]:
    """Run every check. folder: the lesson's. answer: the reader's folder. Raises OSError where a check can't be started."""
    runs = [
        Check(name=name, program="check.py", args=(name, str(answer.resolve())), deadline=exercise.deadline)
        for name, _ in exercise.checks
    ]
    found = runner.together(stage, [(run, folder, python) for run in runs], working=os.cpu_count() or 1)
    return [judged(one) for one in found]


def judged(one: Recording) -> Judged:
    """What a run of ``check.py`` says."""
    last = next((line.text for line in reversed(one.lines) if line.text.strip()), "")
    key, _, seen = last.removeprefix(FOUND).strip().partition(" ")
    if last.startswith(FOUND) and key:
        return Judged(one.run, key, seen)
    if one.hangs:
        return Judged(one.run, HANGS, last)
    if last == HOLDS and one.ending == "exit 0":
        return Judged(one.run, "")
    return Judged(one.run, ENDED, f"{one.ending}: {last}" if last else one.ending)


def told(exercise: model.Exercise, one: Judged) -> str:
    """What the check saw, as the text of the task has it; in the check's own words, where it has none."""
    return templates.filled(one.seen, exercise.seen)


def said(exercise: model.Exercise, one: Judged) -> model.Finding | None:
    """What the task says of it; None where it holds, or where the task has nothing to say."""
    return next((finding for finding in exercise.findings if finding.key == one.key), None)


def start(folder: Path, directory: Path, step: int = 1) -> list[Path]:
    """Write the skeleton into a directory, which is made. Returns the files; one that is there already is left as it is.

    step: of an exercise with several, where the class is by now: ``exercise/skeleton-2/`` and so on. Raises UsageError where
    there is no such step.
    """
    source_folder = folder / "exercise" / ("skeleton" if step == 1 else f"skeleton-{step}")
    if not source_folder.is_dir():
        there = sorted(path.name for path in (folder / "exercise").glob("skeleton*"))
        raise UsageError(
            f"there is nothing to begin step {step} of this task with; there is: {', '.join(there) or 'none'}"
        )
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for source in sorted(source_folder.iterdir()):
        target = directory / source.name
        if source.is_file() and not target.exists():
            shutil.copyfile(source, target)
            written.append(target)
    return written


def solution(folder: Path, exercise: model.Exercise) -> str:
    """The solution, as its file. Raises UsageError where there is none."""
    file = folder / "exercise" / "solution" / exercise.file
    if not file.is_file():
        raise UsageError("this task has no solution to show")
    return file.read_text("utf-8")
