"""Tell all about a scenario: what dies, what the caller sees, why, where in the source, and what to do instead."""

from __future__ import annotations

import argparse
import textwrap


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", metavar="SCENARIO", help="a name (repro list scenarios)")


def run(arguments: argparse.Namespace) -> int:
    import shutil

    from repro import catalogue
    from repro.errors import unknown
    from repro.expectations import expected

    there = catalogue.scenarios()
    if arguments.scenario not in there:
        raise unknown("scenario", arguments.scenario, there)
    one = there[arguments.scenario].scenario
    width = min(100, shutil.get_terminal_size((100, 24)).columns)
    print(f"{one.name}: {one.title}\n")
    for heading in ("dies", "sees", "why", "where", "instead"):
        title = {"dies": "What dies", "sees": "What the caller sees", "why": "Why"}.get(heading, heading.capitalize())
        print(f"{title}\n{textwrap.fill(getattr(one, heading), width, initial_indent='  ', subsequent_indent='  ')}\n")
    print(
        "Inputs\n  "
        + ", ".join(map(str, one.inputs))
        + (f"; the fault is in {one.faulty}" if one.faulty else "")
        + "\n"
    )
    print("Known")
    for entry in catalogue.pools().values():
        known = expected(one.name, entry.name, entry.adapter.operations[0], "", "")
        if known:
            print(f"  {entry.name}: {' or '.join(known.verdicts)}" + (f" ({known.note})" if known.note else ""))
    if one.references:
        print("\nReferences\n  " + ", ".join(one.references))
    print(f"\nTags\n  {', '.join(one.tags)}")
    return 0
