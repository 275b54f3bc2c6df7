"""The filters that choose among the cells of stored runs: the same options with the same meaning, for every command."""

from __future__ import annotations

import argparse
import fnmatch
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repro.records.results import Run
    from repro.records.series import Key, Series

#: What a cell is called by, in the order of a key: each is an option, too.
NAMES = ("scenario", "pool", "operation", "start_method", "python")


def add_filters(parser: argparse.ArgumentParser, without: Iterable[str] = ()) -> None:
    """The options. without: those that the command has in a way of its own."""
    group = parser.add_argument_group("which cells (globs, can be repeated, and add up; default: all)")
    for name in (*NAMES[:1], "tag", *NAMES[1:]):
        if name not in without:
            metavar = {"tag": "TAG", "python": "VERSION"}.get(name, "NAME")
            text = {"tag": "scenarios with one of these tags", "python": "3.12 is any 3.12.x"}.get(name)
            group.add_argument(f"--{name.replace('_', '-')}", action="append", default=[], metavar=metavar, help=text)


def asked(arguments: argparse.Namespace) -> bool:
    """Whether any filter was given."""
    return any(getattr(arguments, name, None) for name in (*NAMES, "tag"))


class Filter:
    """Which cells are wanted. Raises UsageError for a pattern that matches nothing of what there is, and names the nearest.

    there: the keys of all cells to choose from.
    """

    def __init__(self, arguments: argparse.Namespace, there: Iterable[Key]) -> None:
        from repro.plan import catalogue
        from repro.plan.matrix import pick

        self._all = not asked(arguments)
        if self._all:
            return
        columns = [dict.fromkeys(column) for column in zip(*there, strict=True)] or [{} for _ in NAMES]
        aliases = {alias: entry.name for entry in catalogue.pools().values() for alias in entry.adapter.aliases}
        self._wanted: list[set[str] | None] = []
        for name, values in zip(NAMES, columns, strict=True):
            patterns: list[str] = getattr(arguments, name, [])
            if name == "python":
                patterns = [_version(one, values) for one in patterns if one != "all"]
            known = {alias: pool for alias, pool in aliases.items() if pool in values} if name == "pool" else {}
            kind = f"{name.replace('_', ' ')} of this run".replace("python", "Python")
            self._wanted.append(set(pick(kind, patterns, values, known)) if patterns else None)
        if arguments.tag:
            entries = catalogue.scenarios().values()
            tags = set(pick("tag", arguments.tag, {tag: None for entry in entries for tag in entry.scenario.tags}))
            with_tag = {entry.name for entry in entries if tags & set(entry.scenario.tags)}
            named = self._wanted[0]
            self._wanted[0] = with_tag if named is None else named & with_tag

    def wants(self, key: Key) -> bool:
        """Whether the cell with this key is among them."""
        return self._all or all(
            values is None or value in values for value, values in zip(key, self._wanted, strict=True)
        )


def of_runs(arguments: argparse.Namespace, runs: Iterable[Run]) -> list[Run]:
    """The runs, each with the wanted cells. Raises UsageError for what is in none of them."""
    from repro.errors import UsageError
    from repro.records import planned
    from repro.records.judged import key_of

    several = list(runs)
    there = [key_of(record) for run in several for record in run.cells]
    there += [key[:5] for run in several for key in planned.planned(run.header)]
    wanted = Filter(arguments, there)
    chosen = [run.only(lambda record: wanted.wants(key_of(record))) for run in several]
    if asked(arguments) and not any(run.cells or planned.missing(run) for run in chosen):
        raise UsageError("no cell is of that kind: each filter matches something, but nothing matches all of them")
    return chosen


def of_series(arguments: argparse.Namespace, series: Series) -> Series:
    """The series with the wanted cells. Raises UsageError for what is not in it."""
    wanted = Filter(arguments, series.verdicts)
    return series.only(wanted.wants)


def _version(pattern: str, versions: Iterable[str]) -> str:
    """``3.12`` as a pattern for all of its versions, where there are some."""
    of_it = f"{pattern}.*"
    return of_it if any(fnmatch.fnmatchcase(version, of_it) for version in versions) else pattern
