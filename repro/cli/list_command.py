"""List what there is: scenarios, pools with their operations, the Pythons on this machine, or the runs that are kept.

Runs that were stored elsewhere, by --output, are not among them.
"""

from __future__ import annotations

import argparse

from repro.cli.formats import FORMATS, add_format, check_format


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=["scenarios", "pools", "pythons", "runs"])
    parser.add_argument(
        "--tag", action="append", default=[], metavar="TAG", help="only scenarios with one of these tags"
    )
    add_format(parser, "list")


def run(arguments: argparse.Namespace) -> int:
    from repro.cli.output import print_table
    from repro.errors import UsageError
    from repro.records import runs
    from repro.report.tables import Table

    check_format("list", arguments.format)
    if arguments.tag and arguments.what != "scenarios":
        raise UsageError(f"--tag {arguments.tag[0]}: {arguments.what} have no tags; only scenarios do")
    if arguments.what == "scenarios":
        headers, rows = _scenarios(arguments.tag)
    else:
        headers, rows = {"pools": _pools, "pythons": _pythons, "runs": _runs}[arguments.what]()
    if arguments.what == "runs" and not rows and arguments.format == FORMATS["list"][0]:
        print(f"No run is kept in {runs.place()}: repro run makes one.")
        return 0
    print_table(Table("", headers, rows), arguments.format, ours=arguments.what != "runs")
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


def _runs() -> tuple[list[str], list[list[str]]]:
    """The runs in the user's state folder, the oldest first; of each only its first line is read."""
    from repro.records import results, runs

    rows = []
    for name in runs.names():
        header = results.header_of(runs.place() / name)
        if header is not None:
            pythons = ", ".join(one["version"] for one in header["interpreters"])
            rows.append([name, f"{header['planned']:,}", ", ".join(header["pools"]), pythons])
    return ["run", "cells planned", "pools", "Pythons"], rows
