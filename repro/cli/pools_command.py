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


def run(arguments: argparse.Namespace) -> int:
    from repro.plan import interpreters

    pools = _pick(arguments.pool, every=arguments.what == "list")
    pythons = interpreters.select(arguments.python)
    return _list(pythons, pools) if arguments.what == "list" else _install(pythons, pools)


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


def _list(pythons: list[Interpreter], pools: list[PoolEntry]) -> int:
    from tabulate import tabulate

    from repro.plan import environments

    rows, remarks = [], []
    for entry in pools:
        row = [entry.name]
        for python in pythons:
            home = environments.home(python, entry.adapter)
            version = home.modules.get(entry.adapter.requires) if environments.has(home, entry.adapter) else None
            row.append("-" if version is None else version + (" *" if home is not python else ""))
            if version is None:
                remarks.append(environments.why_absent(python, entry.adapter))
        rows.append(row)
    print(tabulate(rows, ["pool", *(one.version or one.path for one in pythons)], disable_numparse=True))
    for python in pythons:
        if environments.of(python):
            print(f"* Python {python.version}: in {environments.place(python)}")
    for remark in dict.fromkeys(remarks):
        print(f"- {remark}")
    return AS_EXPECTED
