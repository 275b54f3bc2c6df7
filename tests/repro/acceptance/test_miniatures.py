"""The harness, proved by miniatures: fake pools that do one thing wrong each, run by the real scheduler and watchdog.

Each must come out with its verdict, and nothing of it may be left. Two runs, so that no test measures time: what ends by itself
has a deadline that it never meets; what does not, meets a short one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from repro.observer.run import Ran, cell_record
from repro.plan import interpreters, matrix
from repro.records import results, schema
from repro.verdicts.judge import Verdict
from tests.repro import lab

#: Deadlines, in seconds: one that is met on purpose, and one that never is.
SHORT, LONG = 6.0, 60.0

#: What ends by itself: (miniature, scenario) -> verdict, and a phrase of its reason.
ENDS = {
    ("honest", "ok"): (Verdict.COMPLETED, "every result arrived"),
    ("honest", "sigkill"): (Verdict.RAISED, "died with task 3, SIGKILL; the caller got Died: task 3 died: SIGKILL"),
    ("honest", "os-exit"): (Verdict.RAISED, "task 3, exit code 1"),
    ("honest", "os-exit-0"): (Verdict.RAISED, "task 3, exit code 0"),
    ("honest", "sys-exit"): (Verdict.RAISED, "task 3, exit code 1"),
    ("retries", "sigkill"): (Verdict.COMPLETED, "died with task 3, SIGKILL; every result arrived"),
    ("raises", "sigkill"): (Verdict.RAISED, "the caller got Died"),
    ("lies_about_status", "sigkill"): (Verdict.RAISED, "task 3, SIGKILL; the caller got ValueError"),
    ("lies_about_task", "sigkill"): (Verdict.RAISED, "task 3, SIGKILL; the caller got ValueError"),
    ("shrugs", "sigkill"): (Verdict.RAISED, "something went wrong"),
    ("loses_result", "sigkill"): (Verdict.LOST, "no result and no error for 1 of task(s) [3]"),
    ("loses_answer", "ok"): (Verdict.LOST, "no result and no error for 1 of task(s) [8]"),
    ("doubles_result", "ok"): (Verdict.LOST, "2 came 2 times"),
    ("doubles_result", "sigkill"): (Verdict.LOST, "2 came 2 times"),
    ("wrong_result", "ok"): (Verdict.LOST, "2000 is no task's result"),
    ("wrong_result", "sigkill"): (Verdict.LOST, "2000 is no task's result"),
    ("swaps_results", "ok"): (Verdict.LOST, "task 1 returned 2"),
    ("list_result", "ok"): (Verdict.LOST, "[2] is no task's result"),
    ("true_for_one", "ok"): (Verdict.LOST, "True is no task's result"),
    ("exits_parent", "sigkill"): (Verdict.PARENT_EXIT, "the parent ended in call with exit code 7"),
    ("raises_system_exit", "sigkill"): (Verdict.PARENT_EXIT, "SystemExit was raised in the parent"),
    ("kills_its_group", "sigkill"): (Verdict.PARENT_EXIT, "the parent ended in call with SIGKILL"),
    ("crashes_at_exit", "ok"): (Verdict.PARENT_EXIT, "exit code 7"),
    ("forks_its_caller", "sigkill"): (Verdict.PARENT_EXIT, "the parent ended in call with exit code 7"),
    ("floods_stderr", "sigkill"): (Verdict.RAISED, "the caller got Died"),
    ("leaves_orphan", "sigkill"): (Verdict.RAISED, "the caller got Died"),
    ("leaves_stranger", "sigkill"): (Verdict.RAISED, "the caller got Died"),
    ("leaves_daemon", "sigkill"): (Verdict.RAISED, "the caller got Died"),
    ("raises_at_open", "ok"): (Verdict.RAISED, "the caller got OSError: no room for a pool"),
    ("raises_at_open", "sigkill"): (Verdict.INCONCLUSIVE, "the fault was never reached"),
    ("never_runs", "sigkill"): (Verdict.INCONCLUSIVE, "the fault was never reached"),
    ("honest", "wrong_status"): (Verdict.INCONCLUSIVE, "ended with SIGTERM instead of exit code 1"),
    ("honest", "misfires"): (Verdict.INCONCLUSIVE, "the worker ended with exit code 0 instead of SIGKILL"),
    ("cuts_stream", "sigkill"): (Verdict.HARNESS_ERROR, "the event stream is cut in line"),
    ("drops_end", "sigkill"): (Verdict.PARENT_EXIT, "the parent ended in exit with exit code 0"),
    ("empties_stream", "sigkill"): (Verdict.HARNESS_ERROR, "the event stream is missing or empty"),
    ("removes_stream", "sigkill"): (Verdict.HARNESS_ERROR, "the event stream is missing or empty"),
    ("forgets_beginning", "sigkill"): (Verdict.HARNESS_ERROR, "did not begin"),
    ("garbles_stream", "sigkill"): (Verdict.HARNESS_ERROR, "of the event stream is malformed"),
    ("strips_events", "sigkill"): (Verdict.HARNESS_ERROR, "delivered"),
    ("removes_directory", "sigkill"): (Verdict.HARNESS_ERROR, "the event stream is missing or empty"),
}

#: What never ends, and meets the watchdog.
ENDLESS = {
    ("hangs", "sigkill"): (Verdict.HANG, "died with task 3, SIGKILL; still in call"),
    ("hangs_at_end", "sigkill"): (Verdict.HANG, "still in end"),
    ("hangs_at_exit", "sigkill"): (Verdict.HANG, "still in exit"),
    ("hangs_at_open", "ok"): (Verdict.HANG, "still in open"),
    ("hangs_at_open", "sigkill"): (
        Verdict.INCONCLUSIVE,
        "the start, but the fault was never reached",
    ),
    ("hangs_behind_copy", "sigkill"): (Verdict.HANG, "still in call"),
    ("stops_itself", "sigkill"): (Verdict.HANG, "still in call"),
    ("polls", "sigkill"): (Verdict.HANG, "still in call"),
    ("ignores_sigterm", "sigkill"): (Verdict.HANG, "still in call"),
    ("spins", "sigkill"): (Verdict.LIVELOCK, "working without progress"),
    ("respawns", "sigkill"): (Verdict.LIVELOCK, "working without progress"),
    ("slow", "sigkill"): (Verdict.INCONCLUSIVE, "slow: still in call"),
}

Name = tuple[str, str]


def _run(names: Iterable[Name], timeout: float) -> dict[Name, Ran]:
    cells = [lab.miniature_cell(pool, fault) for pool, fault in names]
    return dict(zip(names, lab.run_cells(cells, timeout), strict=True))


@pytest.fixture(scope="module")
def seen(laboratory: Path) -> dict[Name, Ran]:
    """Every miniature, run once."""
    return _run(ENDS, LONG) | _run(ENDLESS, SHORT)


@pytest.mark.parametrize("name", [*ENDS, *ENDLESS], ids="-".join)
def test_every_miniature_gets_its_verdict(seen: dict[Name, Ran], name: Name) -> None:
    """What a pool did is what the suite says that it did, for each way of doing wrong; and the reason tells."""
    verdict, phrase = (ENDS | ENDLESS)[name]
    judgement = seen[name].judgement
    assert (judgement.verdict, judgement.reason) == (verdict, judgement.reason)
    assert phrase in judgement.reason


def test_every_verdict_comes_out(seen: dict[Name, Ran]) -> None:
    """No verdict is only on paper. (What is unsupported has a test of its own below.)"""
    assert {one.judgement.verdict for one in seen.values()} == set(Verdict) - {Verdict.UNSUPPORTED}


@pytest.mark.parametrize("name", [*ENDS, *ENDLESS], ids="-".join)
def test_every_observation_survives_storing(seen: dict[Name, Ran], name: Name) -> None:
    """The judgement of the stored facts is that of the facts, whatever the miniature did."""
    stored = json.loads(json.dumps(cell_record(seen[name], None), ensure_ascii=False))
    assert results.judge_record(stored) == seen[name].judgement
    assert schema.violation(stored, results._schema()["cell"]) is None


def test_a_pool_that_is_not_there_is_unsupported() -> None:
    """A cell whose pool is not installed is not started, and says what is missing."""
    here = replace(interpreters.current(), modules={"a_module_that_is_nowhere": None})
    (one,) = lab.run_cells([lab.miniature_cell("needs_module", "ok", here)], LONG)
    assert one.judgement.verdict is Verdict.UNSUPPORTED
    assert "a_module_that_is_nowhere is not installed" in one.judgement.reason
    assert one.observation.events == []


def test_a_start_method_that_is_not_there_is_unsupported() -> None:
    """A cell whose interpreter, or whose pool, lacks the start method is not started."""
    here = interpreters.current()
    (no_fork,) = lab.run_cells([lab.miniature_cell("honest", "ok", replace(here, start_methods=("spawn",)))], LONG)
    assert (no_fork.judgement.verdict, no_fork.observation.events) == (Verdict.UNSUPPORTED, [])
    (no_spawn,) = matrix.expand([lab.scenario("ok")], [lab.miniature("honest")], [], ["spawn"], [here])
    assert no_spawn.unsupported == "miniature has no start method spawn"


def test_an_interpreter_that_does_not_start_is_our_error() -> None:
    """An interpreter that is gone since it was probed: the cell says so, and the cells after it run."""
    gone = replace(interpreters.current(), path="/nowhere/python")
    lost, kept = lab.run_cells(
        [lab.miniature_cell("honest", "ok", gone), lab.miniature_cell("honest", "ok")], LONG, jobs=1
    )
    assert lost.judgement.verdict is Verdict.HARNESS_ERROR
    assert "could not be started" in lost.judgement.reason
    assert kept.judgement.verdict is Verdict.COMPLETED


def test_an_interpreter_that_says_nothing_is_our_error() -> None:
    """A program that ends with status 0 and leaves no event has not completed anything."""
    mute = replace(interpreters.current(), path="/bin/true")
    (one,) = lab.run_cells([lab.miniature_cell("honest", "ok", mute)], LONG)
    assert one.judgement.verdict is Verdict.HARNESS_ERROR
    assert "event stream is missing or empty" in one.judgement.reason


@pytest.mark.parametrize(
    ("miniature", "names_task", "gives_exit_status"),
    [
        ("honest", True, True),
        ("raises", True, True),
        ("lies_about_status", True, False),
        ("lies_about_task", False, True),
        ("shrugs", False, False),
        ("retries", None, None),
        ("hangs", None, None),
    ],
)
def test_what_an_error_tells_is_checked_against_what_happened(
    seen: dict[Name, Ran], miniature: str, names_task: bool | None, gives_exit_status: bool | None
) -> None:
    """An error that names another task, or another status than the kernel's, has not told; without an error nothing is said."""
    judgement = seen[miniature, "sigkill"].judgement
    assert (judgement.names_task, judgement.gives_exit_status) == (names_task, gives_exit_status)


def test_a_right_pool_is_told_to_be_right(seen: dict[Name, Ran]) -> None:
    """All that a user asks beside the verdict, for a pool that does everything right."""
    judgement = seen["honest", "sigkill"].judgement
    assert judgement.error == {"type": "Died", "message": "task 3 died: SIGKILL"}
    assert (judgement.survivors, judgement.others) == (7, 7)
    assert judgement.usable_after is True
    assert judgement.leftovers == []
    assert judgement.latency_ms is not None
    assert judgement.latency_ms >= 0
    assert judgement.waits == ()
    assert not judgement.simulated


def test_a_flood_on_stderr_is_counted_and_not_kept(seen: dict[Name, Ran]) -> None:
    """100 MB of stderr neither stop the cell nor get into its record: its size is told, its end is kept."""
    observation = seen["floods_stderr", "sigkill"].observation
    assert observation.stderr_bytes >= 100_000_000
    assert 0 < len(observation.stderr) <= 2000


@pytest.mark.parametrize("miniature", ["leaves_orphan", "leaves_stranger"])
def test_an_orphan_is_found_and_ended(seen: dict[Name, Ran], miniature: str) -> None:
    """What left its session and lost its parent is told as left running, and is gone afterwards (the fixture checks)."""
    leftovers = seen[miniature, "sigkill"].judgement.leftovers
    assert leftovers is not None
    assert len(leftovers) == 1


@pytest.mark.parametrize("name", [name for name in ENDLESS if ENDLESS[name][0] is Verdict.HANG], ids="-".join)
def test_a_hang_was_quiet(seen: dict[Name, Ran], name: Name) -> None:
    """Quiescence is evidence, so it is kept: next to no CPU time in several looks at the whole tree before the deadline."""
    observation = seen[name].observation
    assert observation.deadline_passed
    assert observation.exit_status is None
    assert observation.leftovers is None
    assert observation.window is not None
    assert observation.window.samples >= 4
    assert observation.window.new_processes == 0
    assert not observation.window.works


def test_a_cell_is_charged_what_it_used(seen: dict[Name, Ran]) -> None:
    """The CPU time of the whole tree is kept, killed and orphaned processes included: one that spins used more than one that
    waits, and both had to start an interpreter."""
    spins, hangs = (seen[name, "sigkill"].observation.cpu for name in ("spins", "hangs"))
    assert spins is not None and hangs is not None
    assert 0 < hangs < spins


@pytest.mark.parametrize(
    ("miniature", "function"),
    [("hangs", "died"), ("hangs_at_end", "close"), ("hangs_at_exit", "_shutdown"), ("spins", "died")],
)
def test_where_it_waits_is_told(seen: dict[Name, Ran], miniature: str, function: str) -> None:
    """The stacks of the parent are its own: the function in which the main thread waits is the miniature's."""
    waits = seen[miniature, "sigkill"].judgement.waits
    assert waits
    assert waits[0].startswith(function + " ")


def test_a_stopped_parent_has_no_stack(seen: dict[Name, Ran]) -> None:
    """Who can't answer is not waited for; the verdict stands without stacks."""
    assert seen["stops_itself", "sigkill"].judgement.waits == ()


@pytest.mark.parametrize("miniature", ["hangs", "ignores_sigterm", "polls"])
def test_a_hung_pool_is_looked_into(seen: dict[Name, Ran], miniature: str) -> None:
    """After the stacks, the autopsy: whether the pool of a hung caller still works. These do."""
    assert seen[miniature, "sigkill"].judgement.usable_after is True
