"""Install the pools that people use instead, or tell which are where.

repro pools install                              for this Python: loky, joblib, pebble, billiard, mpire, ...
repro pools install --python all --pool loky     one of them, for every Python on this machine
repro pools install --pool ray                   what is big comes only by name
repro pools list --python all

Each Python gets one virtual environment, in the user's cache; repro run finds it there, whichever --python it is given.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from repro.cli.formats import add_format, check_format
from repro.errors import AS_EXPECTED, DIFFERS, ReproError

if TYPE_CHECKING:
    from repro.plan.catalogue import PoolEntry
    from repro.plan.interpreters import Interpreter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=["install", "list"])
    parser.add_argument(
        "--python", action="append", default=[], metavar="WHICH", help="all, a version, or a path; default: this one"
    )
    parser.add_argument(
        "--pool", action="append", default=[], metavar="NAME", help="default: all, but for those that come only by name"
    )
    add_format(parser, "pools", "; of the list")


def run(arguments: argparse.Namespace) -> int:
    from repro.plan import interpreters

    check_format("pools", arguments.format)
    pools = _pick(arguments.pool, every=arguments.what == "list")
    pythons = interpreters.select(arguments.python)
    return _list(pythons, pools, arguments.format) if arguments.what == "list" else _install(pythons, pools)


def _pick(patterns: list[str], every: bool) -> list[PoolEntry]:
    from repro.errors import UsageError
    from repro.plan import catalogue, environments, matrix

    asked = matrix.pick_pools(patterns or ["*"])
    rivals = [entry for entry in asked if entry.adapter.project]
    if not patterns and not every:
        rivals = [entry for entry in rivals if entry.name not in environments.ONLY_BY_NAME]
    if not rivals:
        names = ", ".join(name for name, entry in catalogue.pools().items() if entry.adapter.project)
        raise UsageError(
            f"{', '.join(entry.name for entry in asked)} comes with Python or the suite; to install are: {names}"
        )
    return rivals


def _install(pythons: list[Interpreter], pools: list[PoolEntry]) -> int:
    """Exit status 0 if all is there, 1 if something is not: its reason is printed, and kept for the cells."""
    from repro.plan import environments

    missing = 0
    for python in pythons:
        try:
            print(f"Python {python.version or python.path}: {environments.place(python)}", flush=True)
            for adapter, installed in environments.install(python, [entry.adapter for entry in pools]):
                print(f"  {adapter.name} {installed.version or '-'} {installed.problem}".rstrip(), flush=True)
                missing += bool(installed.problem)
        except ReproError as error:
            print(f"repro: {error}", file=sys.stderr)
            missing += 1
    return DIFFERS if missing else AS_EXPECTED


#: What stands in the matrix where a pool is not, and where it can't be.
ABSENT, IMPOSSIBLE = "-", "x"


def _list(pythons: list[Interpreter], pools: list[PoolEntry], name: str) -> int:
    """A row for each pool, a column for each Python; under it what the signs mean, each reason once."""
    from repro.cli.output import print_json, print_table
    from repro.plan import environments
    from repro.report.formats import csv
    from repro.report.tables import Table

    found = {(entry.name, python.path): _found(python, entry) for entry in pools for python in pythons}
    told = [{"pool": pool, "python": python, **one} for (pool, python), one in found.items()]
    if name == "json":
        print_json(told)
        return AS_EXPECTED
    if name == "csv":
        sys.stdout.write(csv.lines(list(told[0]), told))
        return AS_EXPECTED
    rows = [[entry.adapter.label, *(_sign(found[entry.name, python.path]) for python in pythons)] for entry in pools]
    print_table(Table("", ["pool", *(one.version or one.path for one in pythons)], rows), name)
    print()
    for python in pythons:
        if any("*" in row[1 + pythons.index(python)] for row in rows):
            print(f"*: in the environment of Python {python.version}, {environments.place(python)}")
    if any(ABSENT in row[1:] for row in rows):
        print(
            f"{ABSENT}: not installed; repro pools install --python VERSION --pool NAME, or --python all for all of it"
        )
    reasons: dict[tuple[str, str], list[str]] = {}
    for entry in pools:
        for python in pythons:
            problem = found[entry.name, python.path]["problem"]
            if problem:
                reasons.setdefault((entry.adapter.label, str(problem)), []).append(python.version)
    for (pool, problem), versions in reasons.items():
        print(f"{IMPOSSIBLE}: {pool} can't be had with {', '.join(versions)}: {problem}")
    return AS_EXPECTED


def _found(python: Interpreter, entry: PoolEntry) -> dict[str, str | bool | None]:
    """What an interpreter has of a pool. version: None where it is not there. apart: whether it is in an environment of its own.
    problem: why it can't be had, as far as that was tried."""
    from repro.plan import environments

    home = environments.home(python, entry.adapter)
    there = environments.has(home, entry.adapter)
    problem = "" if there else python.problem or environments.problem_of(python, entry.adapter)
    version = home.modules.get(entry.adapter.requires) if there else None
    return {"version": version, "apart": there and home is not python, "problem": problem}


def _sign(found: dict[str, str | bool | None]) -> str:
    if found["version"] is not None:
        return f"{found['version']}{' *' if found['apart'] else ''}"
    return IMPOSSIBLE if found["problem"] else ABSENT
