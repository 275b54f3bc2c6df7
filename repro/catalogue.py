"""What there is to run: the scenarios and the pools, each a file in its folder."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from repro.subject import loading

if TYPE_CHECKING:
    from repro.subject.adapter import Adapter
    from repro.subject.scenario import Scenario

SUBJECT = Path(__file__).parent / "subject"

#: The order in which tables show what everybody knows; what is not named here follows by name.
SCENARIO_ORDER = (
    *("ok", "sys-exit", "sys-exit-0", "os-exit", "os-exit-0"),
    *("sigterm", "sigkill", "oom", "segfault", "abort"),
)
#: The rest follows by its first tag, then by name.
TAG_ORDER = ("control", "exit", "signal", "memory", "pickle", "startup", "shutdown", "parent")
POOL_ORDER = ("multiprocessing.Pool", "concurrent.futures.ProcessPoolExecutor", "safepool")


@dataclass(frozen=True)
class ScenarioEntry:
    """A scenario and the file that defines it."""

    scenario: Scenario
    path: Path

    @property
    def name(self) -> str:
        return self.scenario.name


@dataclass(frozen=True)
class PoolEntry:
    """An adapter and the file that defines it."""

    adapter: Adapter
    path: Path

    @property
    def name(self) -> str:
        return self.adapter.name


@functools.cache
def scenarios() -> dict[str, ScenarioEntry]:
    """Every scenario, by name, in the order of the tables."""
    found = [ScenarioEntry(loading.scenario(str(path)), path) for path in _files("scenarios")]
    return {entry.name: entry for entry in sorted(found, key=_scenario_rank)}


@functools.cache
def pools() -> dict[str, PoolEntry]:
    """Every pool, by name, in the order of the tables."""
    found = [PoolEntry(loading.pool(str(path)), path) for path in _files("pools")]
    return {entry.name: entry for entry in sorted(found, key=lambda entry: _rank(entry.name, POOL_ORDER))}


def default_pools() -> list[PoolEntry]:
    """The pools that a bare ``repro run`` compares: those of the standard library, and ours."""
    import safepool

    there = POOL_ORDER if hasattr(safepool, "Pool") else POOL_ORDER[:2]
    return [entry for name, entry in pools().items() if name in there]


def _files(folder: str) -> list[Path]:
    return sorted(path for path in (SUBJECT / folder).glob("*.py") if path.name != "__init__.py")


def _scenario_rank(entry: ScenarioEntry) -> tuple[int, int, str]:
    place, name = _rank(entry.name, SCENARIO_ORDER)
    return place, _rank((entry.scenario.tags or ("",))[0], TAG_ORDER)[0], name


def _rank(name: str, order: tuple[str, ...]) -> tuple[int, str]:
    return (order.index(name) if name in order else len(order), name)
