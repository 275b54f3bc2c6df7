"""The tasks of the lessons, on the oldest Python, on this one and on the newest.

The skeleton fails every check, two solutions that are built differently pass them all, typical wrong answers are told what is
wrong, and an answer that is empty, that hangs, or that ends the check, passes none.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from repro.lessons import exercise, library, model, parse
from repro.lessons.exercise import Judged
from repro.lessons.runner import Python
from repro.observer.launch import Stage
from repro.plan import interpreters
from tests.repro.acceptance.test_lessons import pythons

ANSWERS = Path(__file__).parent.parent / "lessons" / "answers"
TASKS = {folder.name: folder for folder in library.folders().values() if (folder / "exercise" / "check.py").is_file()}
WRONG = [
    pytest.param(TASKS[file.parent.name], file, id=f"{file.parent.name[:2]}-{file.stem}")
    for file in sorted(ANSWERS.glob("*/*.py"))
    if file.stem != "other"
]
#: Answers that are none, to whatever was asked.
NONE = {
    "empty": "",
    "ends-well": "import os\nos._exit(0)\n",
    "says-so": "import os\nprint('holds', flush=True)\nos._exit(3)\n",
    "waits": "import threading\nthreading.Event().wait()\n",
}


def task(folder: Path) -> model.Exercise:
    return next(block for block in parse.read(folder, "en").blocks() if isinstance(block, model.Exercise))


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as stage:
        yield stage


@pytest.fixture
def full(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--full"))


def only_with(full: bool, folder: Path) -> None:
    """Ten minutes of answers that wait, of all lessons; of one it is seen in CI that the judge tells them apart."""
    if not full and folder != min(TASKS.values()):
        pytest.skip("takes minutes: --full")


@pytest.fixture
def answer(tmp_path: Path) -> Path:
    """The folder of a reader."""
    return tmp_path / "answer"


def here(stage: Stage, folder: Path, answer: Path, *checks: str) -> list[Judged]:
    """What the checks say of an answer, all or those that are named, on one Python."""
    asked = task(folder)
    if checks:
        asked = replace(asked, checks=tuple(one for one in asked.checks if one[0] in checks))
    one = interpreters.current()
    return exercise.judge(stage, asked, folder, answer, Python(one.path, one.version))


@pytest.mark.timeout(240)
@pytest.mark.parametrize("folder", TASKS.values(), ids=TASKS)
def test_the_skeleton_fails_every_check(stage: Stage, folder: Path, answer: Path) -> None:
    """It is where a reader begins; what he has by then is left as it is."""
    assert [file.name for file in exercise.start(folder, answer)] == [task(folder).file]
    assert exercise.start(folder, answer) == []
    judged = here(stage, folder, answer)
    assert len(judged) == len(task(folder).checks) and not [one.check for one in judged if one.holds]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("which", ["solution", "other"])
@pytest.mark.parametrize("folder", TASKS.values(), ids=TASKS)
def test_solutions_pass_every_check(stage: Stage, folder: Path, answer: Path, which: str, full: bool) -> None:
    """The one that is shown, and one that is built in another way; with --full on the oldest and the newest Python, too."""
    if which == "other":
        only_with(full, folder)
    answer.mkdir()
    file = task(folder).file
    source = folder / "exercise" / "solution" / file if which == "solution" else ANSWERS / folder.name / "other.py"
    shutil.copyfile(source, answer / file)
    for one in pythons() if full else [interpreters.current()]:
        judged = exercise.judge(stage, task(folder), folder, answer, Python(one.path, one.version))
        assert judged and not [found for found in judged if not found.holds], one.version


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("folder", "file"), WRONG)
def test_a_wrong_answer_is_told_what_is_wrong(stage: Stage, folder: Path, file: Path, answer: Path, full: bool) -> None:
    """By the check that its first line names, with the finding there, for which the task has words and a hint."""
    only_with(full, folder)
    match = re.match(r"# finds: (\S+) (\S+)", file.read_text("utf-8"))
    assert match, "its first line says what is found: '# finds: CHECK KEY'"
    answer.mkdir()
    shutil.copyfile(file, answer / task(folder).file)
    [found] = here(stage, folder, answer, match[1])
    assert found.key == match[2], found
    about = exercise.said(task(folder), found)
    assert about is not None and 1 <= about.hint <= len(task(folder).hints)


@pytest.mark.parametrize("folder", TASKS.values(), ids=TASKS)
def test_five_wrong_answers_are_told_apart(folder: Path) -> None:
    """Typical ones, of which no two have the same check and finding; every finding is in the text."""
    first = [file.read_text("utf-8").splitlines()[0] for file in sorted((ANSWERS / folder.name).glob("*.py"))]
    wrong = [line for line in first if line.startswith("# finds: ")]
    assert len(set(wrong)) == len(wrong) >= 5
    keys = {finding.key for finding in task(folder).findings}
    assert keys >= {exercise.HANGS, exercise.ENDED, *(line.split()[3] for line in wrong)}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", NONE)
@pytest.mark.parametrize("folder", TASKS.values(), ids=TASKS)
def test_what_is_no_answer_passes_nothing(stage: Stage, folder: Path, answer: Path, kind: str, full: bool) -> None:
    """Empty; one that ends the check, politely or with a lie; one that keeps it waiting."""
    only_with(full, folder)
    answer.mkdir()
    (answer / task(folder).file).write_text(NONE[kind])
    judged = here(stage, folder, answer)
    assert judged and not [one.check for one in judged if one.holds]
