"""What there is to run: the scenarios and the pools, each a file in its folder."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from repro.errors import UsageError
from repro.subject import loading
from repro.subject.adapter import Adapter

if TYPE_CHECKING:
    from repro.subject.scenario import Scenario

T = TypeVar("T")

SUBJECT = Path(__file__).parent.parent / "subject"

#: The group of entry points by which other distributions bring adapters: NAME = a module whose file has a POOL.
ENTRY_POINTS = "repro.pools"

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


#: A file is loaded once, whichever threads ask for it first: a module that is half loaded must not be seen.
_loading = threading.RLock()


def _once(function: Callable[[], T]) -> Callable[[], T]:
    """``function``, called at most once; its answer is kept."""
    cached = functools.cache(function)

    @functools.wraps(function)
    def call() -> T:
        with _loading:
            return cached()

    return call


@_once
def scenarios() -> dict[str, ScenarioEntry]:
    """Every scenario, by name, in the order of the tables."""
    found = [ScenarioEntry(loading.scenario(str(path)), path) for path in _files("scenarios")]
    return {entry.name: entry for entry in sorted(found, key=_scenario_rank)}


@_once
def pools() -> dict[str, PoolEntry]:
    """Every pool, by name, in the order of the tables."""
    found = [PoolEntry(loading.pool(str(path)), path) for path in _files("pools")]
    found += _third_parties({entry.name for entry in found})
    return {entry.name: entry for entry in sorted(found, key=lambda entry: _rank(entry.name, POOL_ORDER))}


#: The adapters of files that were loaded by their paths, by name.
_own: dict[str, PoolEntry] = {}


def every_pool() -> dict[str, PoolEntry]:
    """Every pool that is known to this process: those of files that were loaded by their paths, too."""
    return {**pools(), **_own}


def is_file(asked: str) -> bool:
    """Whether the file of an adapter is meant, there or not, and no name."""
    return asked.endswith(".py") or Path(asked).is_file()


def load_pool(path: Path) -> PoolEntry:
    """The adapter in a file that is not the suite's. Raises UsageError where there is none, or it does not load."""
    if not path.is_file():
        raise UsageError(f"no adapter at {path}: there is no such file")
    path = path.absolute()  # the file is loaded in other folders, too
    try:
        adapter = loading.pool(str(path))
    except Exception as error:
        raise UsageError(
            f"the adapter in {path} does not load: {type(error).__name__}: {error}; it has to define POOL, and to import "
            "what it needs of its pool inside its methods"
        ) from error
    entry = PoolEntry(adapter, path)
    if isinstance(adapter, Adapter):
        _own[str(adapter.name)] = entry
    return entry


def _third_parties(taken: set[str]) -> list[PoolEntry]:
    """The adapters that installed distributions announce. One that can't be had is said, and left out: the rest has to run."""
    from importlib.metadata import entry_points

    found = []
    for point in sorted(entry_points(group=ENTRY_POINTS)):
        try:
            spec = find_spec(point.module)
            if spec is None or spec.origin is None or not spec.has_location:
                raise UsageError(f"there is no module {point.module} in a file")
            entry = load_pool(Path(spec.origin))
            if not isinstance(entry.adapter, Adapter):
                raise UsageError(f"POOL of {spec.origin} is no Adapter; repro check-adapter {spec.origin} says more")
            if entry.name in taken:
                raise UsageError(f"there is a pool {entry.name} already")
        except (UsageError, ImportError, ValueError) as error:
            print(f"repro: {ENTRY_POINTS} {point.name} = {point.value} is left out: {error}", file=sys.stderr)
            continue
        taken.add(entry.name)
        found.append(entry)
    return found


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
