"""The standard pools, for real: every cell dies as it says, in at least two interpreters, and comes out as known.

One run for all cells. This interpreter runs every operation, the other one each pool's default; with ``--full`` every interpreter
here runs every operation.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from repro.observer.run import Ran
from repro.plan import catalogue, interpreters, matrix
from repro.plan.interpreters import Interpreter
from repro.plan.matrix import Cell
from repro.verdicts.expectations import expected
from tests.repro import lab

POOL, EXECUTOR = "multiprocessing.Pool", "concurrent.futures.ProcessPoolExecutor"
FAULTS = [name for name in lab.BARE if name != "ok"]
#: Those whose fault ends the process whatever the pool does.
DEATHS = [name for name in FAULTS if not name.startswith("sys-exit")]
#: Which of the two interpreters: this one, and the oldest other.
HERE, OTHER = "here", "other"


class Where(NamedTuple):
    """The name of a cell in these tests."""

    scenario: str
    pool: str
    operation: str
    start_method: str
    python: str

    def __str__(self) -> str:
        return "-".join([self.scenario, self.pool.split(".")[-1], *self[2:]])


def everything() -> list[Where]:
    """Every cell that is to be run, whatever is on this machine."""
    found = []
    for python in (HERE, OTHER):
        for pool in (POOL, EXECUTOR):
            operations = catalogue.pools()[pool].adapter.operations
            for operation in operations if python == HERE else operations[:1]:
                for method in matrix.START_METHODS:
                    found += [Where(scenario, pool, operation, method, python) for scenario in lab.BARE]
    return found


EVERYTHING = everything()


def another() -> Interpreter | None:
    """The oldest interpreter here of another version than this one, or None."""
    here = interpreters.current()
    return next((one for one in interpreters.every() if one.short != here.short), None)


def cells(where: list[Where], pythons: dict[str, Interpreter | None]) -> dict[Where, Cell]:
    found = {}
    for one in where:
        python = pythons[one.python]
        if python is not None:
            entries = [lab.scenario(one.scenario)], [catalogue.pools()[one.pool]]
            (found[one],) = matrix.expand(*entries, [one.operation], [one.start_method], [python])
    return found


@pytest.fixture(scope="module")
def seen(laboratory: object) -> dict[Where, Ran]:
    """Every cell, run once. Those expected to hang go first, as in ``repro run``: the others run while they wait."""
    wanted = cells(EVERYTHING, {HERE: interpreters.current(), OTHER: another()})
    order = sorted(wanted, key=lambda where: where.pool != POOL)
    return dict(zip(order, lab.run_cells([wanted[where] for where in order], 8.0), strict=True))


def of(seen: dict[Where, Ran], where: Where) -> Ran:
    """A cell, or a skip where this machine has nothing to run it in."""
    if where not in seen:
        pytest.skip(f"no second interpreter here: only Python {interpreters.current().short}")
    if seen[where].cell.unsupported:
        pytest.skip(str(seen[where].cell.unsupported))
    return seen[where]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("where", EVERYTHING, ids=str)
def test_a_cell_is_as_known(seen: dict[Where, Ran], where: Where) -> None:
    """What is known of a cell is what it does, here and now."""
    cell, _observation, judgement = of(seen, where)
    known = expected(where.scenario, where.pool, where.operation, where.start_method, cell.interpreter.version)
    assert known is not None
    assert judgement.verdict in known.verdicts, judgement.reason
    assert judgement.others == len(cell.fault.inputs) - (where.scenario != "ok")


@pytest.mark.parametrize("where", [one for one in EVERYTHING if one.scenario in DEATHS], ids=str)
def test_the_worker_really_died(seen: dict[Where, Ran], where: Where) -> None:
    """The fault has its evidence: the kernel's status of that very worker; of the OOM killer, its counter too."""
    cell, observation, judgement = of(seen, where)
    fault = next(event for event in observation.events if event["event"] == "fault")
    reaped = {event["child"]: event["status"] for event in observation.events if event["event"] == "reaped"}
    assert {**{int(pid): status for pid, status in observation.deaths.items()}, **reaped}[
        fault["pid"]
    ] == cell.fault.status
    if where.scenario == "oom":
        assert judgement.simulated or (
            observation.oom_kills is not None and observation.oom_kills[1] > observation.oom_kills[0]
        )
    else:
        assert not judgement.simulated
        assert observation.oom_kills is None


@pytest.mark.parametrize("where", [one for one in EVERYTHING if one.pool == POOL and one.scenario in FAULTS], ids=str)
def test_a_hanging_pool_is_seen_through(seen: dict[Where, Ran], where: Where) -> None:
    """Pool: quiet at the deadline, the caller waits in the call, for a result that never comes; a second thread finds the pool
    as good as new."""
    _cell, observation, judgement = of(seen, where)
    assert judgement.phase == "call"
    assert judgement.waits
    function = judgement.waits[0].split()[0]
    assert function in ("wait", "next"), judgement.waits
    assert "multiprocessing/pool.py" in judgement.waits[0]
    assert len(judgement.waits) >= 4  # the caller, and the pool's three threads
    assert judgement.usable_after is True
    assert judgement.latency_ms is None
    assert judgement.error is None
    assert observation.window is not None
    assert observation.window.new_processes == 0


@pytest.mark.parametrize(
    "where", [one for one in EVERYTHING if one.pool == EXECUTOR and one.scenario in DEATHS], ids=str
)
def test_an_executor_tells_and_is_broken(seen: dict[Where, Ran], where: Where) -> None:
    """ProcessPoolExecutor: BrokenProcessPool, soon, for everything that was not done; it can't be used again."""
    _cell, _observation, judgement = of(seen, where)
    assert judgement.error is not None
    assert judgement.error["type"] == "BrokenProcessPool"
    assert judgement.latency_ms is not None
    assert judgement.latency_ms >= 0
    assert judgement.names_task is False
    assert judgement.usable_after is False
    if where.scenario != "oom":  # until the kernel has killed it, the others may well be done
        assert judgement.survivors < judgement.others
    assert judgement.waits == ()


@pytest.mark.parametrize(
    "where", [one for one in EVERYTHING if one.pool == EXECUTOR and one.scenario.startswith("sys-exit")], ids=str
)
def test_an_executor_lets_a_task_end_its_caller(seen: dict[Where, Ran], where: Where) -> None:
    """SystemExit of a task ends the calling program, with the task's status: with sys.exit(0), as if all were well."""
    cell, observation, judgement = of(seen, where)
    assert observation.exit_status == cell.fault.status
    assert judgement.error is not None
    assert judgement.error["type"] == "SystemExit"
    assert judgement.gives_exit_status is True


@pytest.mark.parametrize("where", [one for one in EVERYTHING if one.scenario == "ok"], ids=str)
def test_without_a_fault_every_pool_is_right(seen: dict[Where, Ran], where: Where) -> None:
    """The control: everything arrives, nobody dies, the pool is usable, nothing is left running."""
    _cell, observation, judgement = of(seen, where)
    assert judgement.survivors == judgement.others == 8
    assert judgement.usable_after is True
    assert judgement.leftovers == []
    assert judgement.error is None
    assert judgement.latency_ms is None
    assert observation.exit_status == 0


def test_every_cell_ran_in_the_interpreter_that_it_names(seen: dict[Where, Ran]) -> None:
    """What is recorded of a Python comes from that Python."""
    for cell, observation, _judgement in seen.values():
        begin = next(event for event in observation.events if event["event"] == "begin")
        assert begin["python"] == cell.interpreter.version


def test_two_interpreters_were_asked(seen: dict[Where, Ran]) -> None:
    """On a machine that has them, two versions of Python were asked."""
    versions = {cell.interpreter.short for cell, _observation, _judgement in seen.values()}
    if another() is None:
        pytest.skip(f"no second interpreter here: only Python {interpreters.current().short}")
    assert len(versions) == 2


@pytest.mark.timeout(1800)
def test_every_interpreter_here(pytestconfig: pytest.Config) -> None:
    """With ``--full``: every interpreter on the machine, every operation, every start method; each cell as known."""
    if not pytestconfig.getoption("--full"):
        pytest.skip("only with --full")
    pools = [catalogue.pools()[POOL], catalogue.pools()[EXECUTOR]]
    scenarios = [lab.scenario(name) for name in lab.BARE]
    wanted = matrix.expand(scenarios, pools, ["*"], ["*"], interpreters.every())
    wanted.sort(key=lambda cell: cell.pool.name != POOL)
    news = []
    for cell, _observation, judgement in lab.run_cells(wanted, 8.0):
        known = expected(
            cell.scenario.name, cell.pool.name, cell.operation, cell.start_method, cell.interpreter.version
        )
        if not cell.unsupported and (known is None or judgement.verdict not in known.verdicts):
            news.append(f"{cell}: {judgement.verdict}: {judgement.reason}")
    assert news == []
