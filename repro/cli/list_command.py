"""List what there is: scenarios, pools with their operations, or the Pythons on this machine."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=["scenarios", "pools", "pythons"])
    parser.add_argument(
        "--tag", action="append", default=[], metavar="TAG", help="only scenarios with one of these tags"
    )


def run(arguments: argparse.Namespace) -> int:
    from tabulate import tabulate

    from repro.errors import UsageError

    if arguments.tag and arguments.what != "scenarios":
        raise UsageError(f"--tag {arguments.tag[0]}: {arguments.what} have no tags; only scenarios do")
    if arguments.what == "scenarios":
        headers, rows = _scenarios(arguments.tag)
    else:
        headers, rows = _pools() if arguments.what == "pools" else _pythons()
    print(tabulate(rows, headers, disable_numparse=True))
    return 0


def _scenarios(tags: list[str]) -> tuple[list[str], list[list[str]]]:
    from repro.plan import matrix

    return ["scenario", "what happens", "tags"], [
        [entry.name, entry.scenario.title, ", ".join(entry.scenario.tags)]
        for entry in matrix.pick_scenarios(["*"], tags)
    ]


def _pools() -> tuple[list[str], list[list[str]]]:
    from repro.plan import catalogue, interpreters

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
    from repro.plan import interpreters

    return ["version", "implementation", "start methods (the first is the default)", "path"], [
        [one.version, one.implementation, ", ".join(one.start_methods), one.path] for one in interpreters.every()
    ]
