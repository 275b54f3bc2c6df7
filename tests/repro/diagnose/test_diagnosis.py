"""Which finding decides; and the snapshots of programs that really hung, each diagnosed again."""

from __future__ import annotations

import ast
import json
import re
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from repro.diagnose import diagnosis
from repro.diagnose.diagnosis import diagnose
from repro.diagnose.kinds import Kind
from repro.diagnose.snapshot import Absent
from repro.observation import Window
from repro.verdicts import explain
from tests.repro.diagnose import kept
from tests.repro.diagnose.kept import ASKS, ELSEWHERE, LOCKED, READS, TASK, handlers, pool, process

#: What each of them is, by name of the snapshot.
KNOWN: dict[str, str] = json.loads((Path(kept.FOLDER) / "known.json").read_text())


def test_each_that_is_kept_is_known() -> None:
    assert set(KNOWN) == set(kept.names())


@pytest.mark.parametrize("name", kept.names())
def test_a_program_that_really_hung(name: str) -> None:
    """Scenario, pool, operation, start method and Python are its name."""
    found = diagnose(kept.read(name))
    assert found.kind.value == KNOWN[name]
    assert found.finding.evidence


def test_what_is_stuck_decides_before_what_is_slow() -> None:
    """And the rest is told beside it."""
    program = process(10, 1, ASKS, *handlers())
    seen = pool(program, process(11, 10, TASK, state="T"), process(12, 10, TASK), moved={12: (400_000_000, 2)})
    found = diagnose(replace(seen, window=Window(0.4, 2, 400.0, 2, 3, 0)))
    assert found.kind is Kind.STOPPED_WORKER
    assert [one.kind for one in found.also] == [Kind.ONLY_SLOW, Kind.OUTSIDE]


def test_no_pool_no_python_and_no_stack() -> None:
    assert diagnose(pool(process(10, 1, ELSEWHERE))).kind is Kind.NOT_A_POOL
    child = diagnose(pool(process(10, 1, ELSEWHERE), process(11, 10, ELSEWHERE)))
    assert child.kind is Kind.NOT_A_POOL
    assert child.finding.evidence[1].startswith("process 11 waits")
    shell = replace(pool(process(10, 1, python="", command="sh")), holdings=[])
    assert "no Python" in diagnose(shell).finding.evidence[0]
    hidden = pool(process(10, 1, no_stack="no"), process(11, 10, command="python other.py", no_stack="no"))
    assert diagnose(hidden).kind is Kind.CANNOT_TELL


def test_what_could_not_be_seen_is_told_where_it_would_help() -> None:
    """A proof needs no more evidence."""
    absent = [Absent("Python stacks", "py-spy is not installed")]
    assert diagnose(replace(kept.idle_workers(), absent=absent)).missing == []
    program = process(10, 1, ASKS, *handlers())
    sure = pool(program, process(11, 10, READS), process(12, 10, LOCKED, age=5.0), absent=absent)
    assert diagnose(replace(sure, moved={11: (0, 1)})).missing == absent


def test_what_another_diagnosis_speaks_of_is_no_program_of_its_own() -> None:
    """A process that a dead worker has left behind has its program's command, too: it is found by the same name."""
    stuck = kept.read("grandchild_executor_submit_fork_3.11.7")
    first = diagnose(stuck)
    (left,) = first.finding.pids
    seen = stuck.seen(left)
    assert seen is not None
    alone = pool(replace(seen, outsider=False))
    assert diagnosis.apart([(first, stuck), (diagnose(alone), alone)]) == [(first, stuck)]
    other = pool(process(77, 1, ELSEWHERE))
    both = [(first, stuck), (diagnose(other), other)]
    assert diagnosis.apart(both) == both
    own = kept.idle_workers()
    owner = replace(diagnose(own), pid=left)
    assert diagnosis.apart([(first, stuck), (owner, own)]) == [(first, stuck), (owner, own)]


def test_who_ignores_an_interrupt_is_not_to_be_interrupted() -> None:
    """A program that was started in the background: SIGINT would do nothing. Its workers are named, those that live."""
    workers = process(11, 10, READS), process(12, 10, LOCKED), process(13, 10, state="Z", exit_status=-9)
    seen = pool(process(10, 1, ASKS, *handlers()), *workers)
    assert "`kill -INT 10`" in diagnose(seen).now
    assert "`kill -KILL 10 11 12`" in diagnose(seen).now
    deaf = pool(process(10, 1, ASKS, *handlers(), ignored=[signal.SIGINT]), *workers)
    assert "kill -INT" not in diagnose(deaf).now
    assert "`kill -KILL 10 11 12`" in diagnose(deaf).now


#: So many words in a row that two modules have in common are a sentence that is written twice.
IN_A_ROW = 7


def sayings(file: Path) -> set[tuple[str, ...]]:
    """Whatever words follow one another in the texts of a module, its docstrings apart."""
    tree = ast.parse(file.read_text())
    named = [one for one in ast.walk(tree) if isinstance(one, (ast.Module, ast.FunctionDef, ast.ClassDef))]
    silent = {ast.get_docstring(one, clean=False) for one in named}
    found = set()
    for one in ast.walk(tree):
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value not in silent:
            words = re.findall(r"[a-z']+", one.value.lower())
            found |= {tuple(words[at : at + IN_A_ROW]) for at in range(len(words) - IN_A_ROW + 1)}
    return found


def test_what_explains_a_recorded_cell_is_not_written_down_twice() -> None:
    """The sentences of the mechanisms are those of ``explain``; what a diagnosis adds, is other."""
    theirs = sayings(Path(explain.__file__))
    assert ("a", "worker", "died", "while", "it", "held", "it") in theirs
    files = sorted(Path(diagnosis.__file__).parent.rglob("*.py"))
    assert {file.name: sayings(file) & theirs for file in files if sayings(file) & theirs} == {}
