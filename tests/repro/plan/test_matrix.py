"""Cells: which start methods a pool runs with."""

from __future__ import annotations

from repro.plan import catalogue, interpreters, matrix
from repro.plan.catalogue import PoolEntry
from repro.subject.adapter import Adapter
from tests.repro.lab import Fine


def cells_of(adapter: Adapter, methods: list[str]) -> list[str]:
    """The start methods of the cells that a pool gets."""
    entry = PoolEntry(adapter, catalogue.pools()["loky"].path)
    cells = matrix.expand([catalogue.scenarios()["ok"]], [entry], [], methods, [interpreters.current()])
    return [cell.start_method for cell in cells]


def test_a_pool_without_start_methods_runs_once() -> None:
    """Whatever start methods are asked for, it has its own way, and the records don't claim another."""
    adapter = type("Own", (Fine,), {"start_methods": ("",)})()
    assert cells_of(adapter, []) == [""]
    assert cells_of(adapter, ["*"]) == [""]


def test_a_pool_that_lacks_the_default_start_method_runs_with_its_first() -> None:
    """Without a filter, a pool is not unsupported for what it was never asked to do."""
    here = interpreters.current().start_methods
    other = next(name for name in matrix.START_METHODS if name != here[0])
    assert cells_of(type("Other", (Fine,), {"start_methods": (other,)})(), []) == [other]
    assert cells_of(Fine(), []) == [here[0]]


def test_a_pool_runs_as_its_users_get_it() -> None:
    """Without a filter, a pool with a default of its own starts its workers by that, and by what was asked for with one."""
    adapter = type("Own", (Fine,), {"default_start_method": "spawn"})()
    assert cells_of(adapter, []) == ["spawn"]
    assert cells_of(adapter, ["fork"]) == ["fork"]


def test_a_pool_with_two_interfaces_is_called_by_the_one_that_is_needed() -> None:
    """safepool's executor can't be terminated, and its Pool has no futures: each scenario gets the call that has what it needs; a
    call that was asked for and has not can't be run."""
    there, pools = catalogue.scenarios(), matrix.pick_pools(["safepool"])
    wanted = [there["terminate-during-get"], there["as-completed-cancel"]]
    cells = matrix.expand(wanted, pools, [], ["fork"], [interpreters.current()])
    assert [(cell.operation, cell.unsupported) for cell in cells] == [("map", None), ("submit", None)]
    other = matrix.expand(wanted, pools, ["submit", "map"], ["fork"], [interpreters.current()])
    assert [(cell.scenario.name, cell.operation, cell.unsupported) for cell in other if cell.unsupported] == [
        ("terminate-during-get", "submit", "safepool.submit has no terminate"),
        ("as-completed-cancel", "map", "safepool.map has no futures"),
    ]
