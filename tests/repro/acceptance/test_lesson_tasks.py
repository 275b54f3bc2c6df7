"""The tasks of the lessons: on this Python, and with ``--full`` on every CPython here.

The skeleton fails every check, two solutions that are built differently pass them all, typical wrong answers are told what is
wrong, and an answer that is empty, that hangs, or that ends the check, passes none.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from repro.lessons import exercise, library, model, parse
from repro.lessons.exercise import Judged
from repro.lessons.runner import Python
from repro.observer.launch import Stage
from repro.plan import interpreters
from repro.plan.interpreters import Interpreter

ANSWERS = Path(__file__).parent.parent / "lessons" / "answers"
TASKS = {folder.name: folder for folder in library.folders().values() if (folder / "exercise" / "check.py").is_file()}
#: The first line of a wrong answer: which check finds what.
FINDS = re.compile(r"# finds: (\S+) (\S+)\n")
#: Answers that are none, to whatever was asked.
NONE = {
    "empty": "",
    "ends-well": "import os\nos._exit(0)\n",
    "says-so": "import os\nprint('holds', flush=True)\nos._exit(3)\n",
    "waits": "import threading\nthreading.Event().wait()\n",
}


@dataclass(frozen=True)
class Wrong:
    """A typical wrong answer. check, finding: what comes of it."""

    name: str
    check: str
    finding: str
    text: str


def wrong(folder: Path) -> Iterator[Wrong]:
    """Those to a lesson's task: files of their own, and the solution with one change each, which ``wrong.toml`` has."""
    for file in sorted((ANSWERS / folder.name).glob("*.py")):
        if file.stem != "other":
            text = file.read_text("utf-8")
            match = FINDS.match(text)
            assert match, f"{file}: its first line says what is found: '# finds: CHECK KEY'"
            yield Wrong(file.stem, *match.groups(), text)
    if (changes := ANSWERS / folder.name / "wrong.toml").is_file():
        solution = exercise.solution(folder, task(folder))
        for name, about in parse.toml(changes).items():
            old, new = about["change"]
            assert solution.count(old) == 1, (name, old)
            yield Wrong(name, *about["finds"].split(), solution.replace(old, new))


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


def every() -> list[Interpreter]:
    """The CPythons on which a reader may be."""
    return [one for one in interpreters.every() if one.implementation == "CPython" and not one.free_threaded]


def here(stage: Stage, folder: Path, answer: Path, *checks: str, on: Interpreter | None = None) -> list[Judged]:
    """What the checks say of an answer, all or those that are named, on one Python: this one, or another."""
    asked = task(folder)
    if checks:
        asked = replace(asked, checks=tuple(one for one in asked.checks if one[0] in checks))
    one = on or interpreters.current()
    return exercise.judge(stage, asked, folder, answer, Python(one.path, one.version))


@pytest.mark.timeout(240)
@pytest.mark.parametrize("folder", TASKS.values(), ids=TASKS)
def test_the_skeleton_fails_every_check(stage: Stage, folder: Path, answer: Path) -> None:
    """It is where a reader begins; what he has by then is left as it is."""
    assert [file.name for file in exercise.start(folder, answer)] == [task(folder).file]
    assert exercise.start(folder, answer) == []
    judged = here(stage, folder, answer)
    assert len(judged) == len(task(folder).checks) and not [one.check for one in judged if one.holds]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("which", ["solution", "other"])
@pytest.mark.parametrize("folder", TASKS.values(), ids=TASKS)
def test_solutions_pass_every_check(stage: Stage, folder: Path, answer: Path, which: str, full: bool) -> None:
    """The one that is shown, and one that is built in another way; with --full on every Python."""
    if which == "other":
        only_with(full, folder)
    answer.mkdir()
    file = task(folder).file
    source = folder / "exercise" / "solution" / file if which == "solution" else ANSWERS / folder.name / "other.py"
    shutil.copyfile(source, answer / file)
    for one in every() if full else [interpreters.current()]:
        judged = exercise.judge(stage, task(folder), folder, answer, Python(one.path, one.version))
        assert judged and not [found for found in judged if not found.holds], one.version


def steps(folder: Path) -> dict[int, Path]:
    """What the later steps of a task begin with, by number."""
    return {int(one.name.split("-")[1]): one for one in sorted((folder / "exercise").glob("skeleton-*"))}


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("folder", "step"),
    [pytest.param(folder, step, id=f"{name[:2]}-{step}") for name, folder in TASKS.items() for step in steps(folder)],
)
def test_a_step_begins_where_the_class_is_by_then(stage: Stage, folder: Path, step: int, answer: Path) -> None:
    """The checks of the steps before hold, and its own does not."""
    exercise.start(folder, answer, step)
    names = [name for name, _ in task(folder).checks[:step]]
    assert [one.holds for one in here(stage, folder, answer, *names)] == [True] * (step - 1) + [False]


@pytest.mark.parametrize(
    "folder", [folder for folder in TASKS.values() if steps(folder)], ids=lambda one: str(one.name)
)
def test_there_is_a_beginning_for_each_step(folder: Path) -> None:
    """The first one begins with the skeleton."""
    assert [1, *steps(folder)] == list(range(1, 1 + len(task(folder).checks)))


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("folder", "one"),
    [pytest.param(folder, one, id=f"{name[:2]}-{one.name}") for name, folder in TASKS.items() for one in wrong(folder)],
)
def test_a_wrong_answer_is_told_what_is_wrong(stage: Stage, folder: Path, one: Wrong, answer: Path, full: bool) -> None:
    """By the check that is to find it, with a finding for which the task has words and a hint; with --full on the newest Python,
    too, where processes are started in another way."""
    only_with(full, folder)
    answer.mkdir()
    (answer / task(folder).file).write_text(one.text, "utf-8")
    newest = every()[-1] if full else interpreters.current()
    for python in {two.version: two for two in (interpreters.current(), newest)}.values():
        [found] = here(stage, folder, answer, one.check, on=python)
        assert found.key == one.finding, (python.version, found)
    about = exercise.said(task(folder), found)
    assert about is not None and 1 <= about.hint <= len(task(folder).hints)


@pytest.mark.parametrize("folder", TASKS.values(), ids=TASKS)
def test_five_wrong_answers_are_told_apart(folder: Path) -> None:
    """No two with the same check and finding; five have a message and a first hint of their own, and all have one."""
    found = [(one.check, one.finding) for one in wrong(folder)]
    assert len(set(found)) == len(found)
    said = {finding.key: finding for finding in task(folder).findings}
    assert said.keys() >= {exercise.HANGS, exercise.ENDED, *(key for _, key in found)}
    assert len({said[key].markdown for _, key in found}) >= 5
    assert len({said[key].hint for _, key in found}) >= 5


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
