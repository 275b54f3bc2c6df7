"""From filters to cells: which scenario in which pool by which operation, start method and interpreter."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from repro.errors import unknown
from repro.observation import Fault
from repro.plan import catalogue, environments
from repro.plan.catalogue import PoolEntry, ScenarioEntry
from repro.plan.interpreters import Interpreter
from repro.subject.adapter import START_METHODS

#: How many workers every pool gets: one for the fault, and two to see what happens to the others.
WORKERS = 3

#: The tag of the scenarios that a bare ``repro run`` takes.
QUICK = "quick"


@dataclass(frozen=True)
class Cell:
    """One isolated run. unsupported: why it can't be run, or None. repetition: 1, 2, ... with ``--repeat``."""

    scenario: ScenarioEntry
    pool: PoolEntry
    operation: str
    start_method: str
    interpreter: Interpreter
    repetition: int = 1
    unsupported: str | None = None

    @property
    def fault(self) -> Fault:
        one = self.scenario.scenario
        status = None if one.status is None else int(one.status)
        return Fault(list(one.inputs), one.faulty, status, one.kills, one.fires, one.collects, one.interrupts)

    def __str__(self) -> str:
        where = " ".join(filter(None, [self.start_method, self.interpreter.version]))
        return f"{self.scenario.name} {self.pool.adapter.label}.{self.operation} {where}"


def pick(kind: str, patterns: Sequence[str], names: Iterable[str], aliases: dict[str, str] | None = None) -> list[str]:
    """The names that the patterns (globs, in any case) match, in the order of ``names``. Raises UsageError for a pattern
    that matches none, and names the nearest."""
    known = list(names)
    called = {name.lower(): name for name in known} | {alias.lower(): name for alias, name in (aliases or {}).items()}
    chosen = set()
    for pattern in patterns:
        matching = {called[name] for name in fnmatch.filter(called, pattern.lower())}
        if not matching:
            raise unknown(kind, pattern, [*known, *(aliases or {})])
        chosen |= matching
    return [name for name in known if name in chosen]


def pick_scenarios(patterns: Sequence[str], tags: Sequence[str] = ()) -> list[ScenarioEntry]:
    """The scenarios that are asked for by name, or by tag, or by both; without either, the quick ones."""
    there = catalogue.scenarios()
    if tags:
        every_tag = list(dict.fromkeys(tag for entry in there.values() for tag in entry.scenario.tags))
        wanted = set(pick("tag", tags, every_tag))
    elif not patterns:
        wanted = {QUICK}
    else:
        wanted = set()
    names = pick("scenario", patterns or ["*"], there)
    return [there[name] for name in names if not wanted or wanted & set(there[name].scenario.tags)]


def pick_pools(patterns: Sequence[str]) -> list[PoolEntry]:
    """The pools that are asked for, by name or by the file of an adapter; without a pattern, the default ones.

    Raises UsageError for a name that matches none, and for a file that is not there or is no adapter.
    """
    if not patterns:
        return catalogue.default_pools()
    there = catalogue.pools()
    aliases = {alias: entry.name for entry in there.values() for alias in entry.adapter.aliases}
    named = [pattern for pattern in patterns if not catalogue.is_file(pattern)]
    own = {entry.name: entry for entry in (catalogue.load_pool(Path(one)) for one in patterns if one not in named)}
    return [*(there[name] for name in pick("pool", named, there, aliases) if name not in own), *own.values()]


def expand(
    scenarios: Sequence[ScenarioEntry],
    pools: Sequence[PoolEntry],
    operations: Sequence[str],
    start_methods: Sequence[str],
    interpreters: Sequence[Interpreter],
    repeat: int = 1,
) -> list[Cell]:
    """Every cell. operations: patterns; none means each pool's default. start_methods: patterns; none means each
    interpreter's default. Raises UsageError for a pattern that nothing matches."""
    every_operation = list(dict.fromkeys(name for entry in pools for name in entry.adapter.operations))
    wanted_operations = pick("operation", operations, every_operation) if operations else []
    wanted_methods = pick("start method", start_methods, START_METHODS) if start_methods else []
    cells = []
    for interpreter in interpreters:
        homes = {pool.name: environments.home(interpreter, pool.adapter) for pool in pools}
        methods = {pool.name: _start_methods(pool, wanted_methods, interpreter) for pool in pools}
        for start_method in dict.fromkeys(method for several in methods.values() for method in several):
            for scenario in scenarios:
                for pool in (pool for pool in pools if start_method in methods[pool.name]):
                    where = homes[pool.name]
                    for operation in operations_of(scenario, pool, wanted_operations):
                        why_not = unsupported(scenario, pool, operation, start_method, where)
                        cells += [
                            Cell(scenario, pool, operation, start_method, where, repetition, why_not)
                            for repetition in range(1, repeat + 1)
                        ]
    return cells


def operations_of(scenario: ScenarioEntry, pool: PoolEntry, wanted: Sequence[str] = ()) -> list[str]:
    """The calls to test: those that were asked for; or the one that the scenario is about, or the pool's default, or the first
    with which the pool has what the scenario needs."""
    there = pool.adapter.operations
    if wanted:
        return [name for name in there if name in wanted]
    first = [name for name in (scenario.scenario.operation,) if name in there]
    needs = set(scenario.scenario.needs)
    suitable = [name for name in (*first, *there) if needs <= set(pool.adapter.features(name))]
    return [*suitable, *first, *there][:1]


def _start_methods(pool: PoolEntry, wanted: Sequence[str], interpreter: Interpreter) -> Sequence[str]:
    """Those that were asked for, or the one that the pool's users get. A pool that has none of them runs once, in its own way."""
    there = pool.adapter.start_methods
    if there == ("",):
        return there
    default = pool.adapter.default_start_method or (interpreter.start_methods or START_METHODS)[0]
    return wanted or [default if default in there else there[0]]


def unsupported(
    scenario: ScenarioEntry, pool: PoolEntry, operation: str, start_method: str, interpreter: Interpreter
) -> str | None:
    """Why this scenario can't be run so in this pool and interpreter, or None."""
    if interpreter.problem:
        return interpreter.problem
    if start_method and start_method not in interpreter.start_methods:
        return f"Python {interpreter.version} has no start method {start_method} here"
    if start_method not in pool.adapter.start_methods:
        return f"{pool.name} has no start method {start_method}"
    if not environments.has(interpreter, pool.adapter):
        return environments.why_absent(interpreter, pool.adapter)
    about = scenario.scenario.start_methods
    if start_method not in about and (start_method or set(about) != set(START_METHODS)):
        return f"{scenario.name} is about {' and '.join(about)}"
    missing = [need for need in scenario.scenario.needs if need not in pool.adapter.features(operation)]
    if missing:
        at_all = not set(missing) & set(pool.adapter.has)
        return f"{pool.name}{'' if at_all else f'.{operation}'} has no {', '.join(missing)}"
    return None
