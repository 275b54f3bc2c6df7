"""List what there is: scenarios, pools with their operations, or the Pythons on this machine."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=["scenarios", "pools", "pythons"])


def run(arguments: argparse.Namespace) -> int:
    from tabulate import tabulate

    headers, rows = {"scenarios": _scenarios, "pools": _pools, "pythons": _pythons}[arguments.what]()
    print(tabulate(rows, headers, disable_numparse=True))
    return 0


def _scenarios() -> tuple[list[str], list[list[str]]]:
    from repro import catalogue

    return ["scenario", "what happens", "tags"], [
        [entry.name, entry.scenario.title, ", ".join(entry.scenario.tags)] for entry in catalogue.scenarios().values()
    ]


def _pools() -> tuple[list[str], list[list[str]]]:
    from repro import catalogue, interpreters

    here = interpreters.current()
    rows = []
    for entry in catalogue.pools().values():
        version = here.modules.get(entry.adapter.requires)
        if not entry.adapter.requires:
            there = entry.adapter.version()
        else:
            there = "not installed" if version is None else version or f"with Python {here.version}"
        rows.append([entry.name, ", ".join(entry.adapter.aliases), ", ".join(entry.adapter.operations), there])
    return ["pool", "also called", "operations (the first is the default)", "here"], rows


def _pythons() -> tuple[list[str], list[list[str]]]:
    from repro import interpreters

    return ["version", "implementation", "start methods (the first is the default)", "path"], [
        [one.version, one.implementation, ", ".join(one.start_methods), one.path] for one in interpreters.every()
    ]
