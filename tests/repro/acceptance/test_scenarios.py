"""The scenarios: each says what there is to know, and safepool bears every one of them."""

from __future__ import annotations

import re

import pytest

from repro.observer.run import Ran
from repro.plan import catalogue, interpreters, matrix
from repro.plan.catalogue import ScenarioEntry
from repro.verdicts.judge import Verdict
from tests.repro import lab

TAGS = {"exit", "signal", "memory", "pickle", "shutdown", "startup", "parent"}
OPERATIONS = {name for pool in catalogue.pools().values() for name in pool.adapter.operations}
SCENARIOS = catalogue.scenarios()
#: The fault is the end of the parent.
ENDS_THE_PARENT = ("parent-killed",)


@pytest.mark.parametrize("entry", SCENARIOS.values(), ids=SCENARIOS)
def test_a_scenario_says_what_there_is_to_know(entry: ScenarioEntry) -> None:
    """Its name is that of its file; its prose is complete; its references and tags are of the known kinds."""
    scenario = entry.scenario
    assert entry.path.stem == scenario.name.replace("-", "_")
    for part in ("title", "dies", "sees", "why", "where", "instead"):
        assert getattr(scenario, part), part
    assert scenario.faulty is None or scenario.faulty in scenario.inputs
    assert all(re.fullmatch(r"gh-\d+", reference) for reference in scenario.references)
    assert scenario.tags
    assert set(scenario.tags) <= TAGS | {"quick", "control"}
    assert scenario.operation in OPERATIONS | {""}
    assert scenario.start_methods
    assert set(scenario.start_methods) <= set(matrix.START_METHODS)


def test_the_quick_ones_are_known() -> None:
    """What a bare run takes changes on purpose only."""
    assert [name for name, entry in SCENARIOS.items() if "quick" in entry.scenario.tags] == list(lab.BARE)


@pytest.fixture(scope="module")
def borne(laboratory: object) -> dict[str, Ran]:
    """Every scenario with safepool, in this interpreter: with fork, where it is about that."""
    pool, here = [catalogue.pools()["safepool"]], [interpreters.current()]
    cells = []
    for entry in SCENARIOS.values():
        methods = entry.scenario.start_methods
        cells += matrix.expand([entry], pool, [], ["fork" if "fork" in methods else methods[0]], here)
    return {one.cell.scenario.name: one for one in lab.run_cells([c for c in cells if not c.unsupported], 12.0)}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", SCENARIOS)
def test_safepool_bears_it(borne: dict[str, Ran], name: str) -> None:
    """No hang, nothing lost, no end of the parent, nothing left running: a result or an error, for every scenario."""
    if name not in borne:
        pytest.skip(f"safepool or this machine has nothing for {name}")
    judgement = borne[name].judgement
    if judgement.verdict is Verdict.UNSUPPORTED:
        pytest.skip(judgement.reason)
    if name in ENDS_THE_PARENT:  # what counts is what is left
        assert judgement.verdict is Verdict.PARENT_EXIT, judgement.reason
    else:
        assert judgement.verdict in (Verdict.COMPLETED, Verdict.RAISED), judgement.reason
    assert judgement.leftovers == []
