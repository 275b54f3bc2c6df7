"""Tell all about a scenario: what dies, what the caller sees, why, where in the source, and what to do instead.

With --run, tell what its cells left in a stored run: the verdict, why it hangs by the evidence, the processes before and
after the fault, who waits for which lock or pipe and who holds it; with --stacks, where every thread was.
"""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path

FILTERS = ("pool", "operation", "start-method", "python")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", metavar="SCENARIO", help="a name (repro list scenarios)")
    parser.add_argument(
        "--run", metavar="RUN", type=Path, help="show its cells in a stored run: a directory or results.jsonl"
    )
    parser.add_argument("--stacks", action="store_true", help="with --run: and the stacks of their processes")
    for name in FILTERS:
        parser.add_argument(
            f"--{name}", action="append", default=[], metavar="NAME", help="with --run: only these; takes globs"
        )


def run(arguments: argparse.Namespace) -> int:
    if arguments.run is not None:
        return _show_cells(arguments)
    if arguments.stacks or any(_wanted(arguments, name) for name in FILTERS):
        from repro.errors import UsageError

        raise UsageError("--stacks and the filters choose among the cells of a stored run: give one with --run RUN")
    return _show_scenario(arguments)


def _show_cells(arguments: argparse.Namespace) -> int:
    import fnmatch

    from repro.cli.output import prose_width
    from repro.errors import UsageError, unknown
    from repro.observation import Observation
    from repro.plan import catalogue
    from repro.records import results
    from repro.report import evidence
    from repro.versions import release_of

    stored = results.read(arguments.run)
    names = {record["scenario"] for record in stored.cells}
    if arguments.scenario not in names:
        raise unknown("scenario of this run", arguments.scenario, names)
    aliases = {alias: entry.name for entry in catalogue.pools().values() for alias in entry.adapter.aliases}
    shown = []
    for record, judgement in zip(stored.cells, results.judge_all(stored), strict=True):
        chosen = record["scenario"] == arguments.scenario and all(
            not _wanted(arguments, name)
            or any(
                fnmatch.fnmatchcase(record[name.replace("-", "_")], aliases.get(glob, glob))
                or (name == "python" and record["python"].startswith(f"{glob}."))
                for glob in _wanted(arguments, name)
            )
            for name in FILTERS
        )
        if chosen:
            shown.append((record, judgement))
    if not shown:
        raise UsageError(f"no cell of {arguments.scenario} in {arguments.run} is of that kind")
    shown.sort(
        key=lambda one: (one[0]["pool"], one[0]["operation"], one[0]["start_method"], release_of(one[0]["python"]))
    )
    width = prose_width()
    texts = []
    for record, judgement in shown:
        where = ", ".join(filter(None, [record["start_method"], f"Python {record['python']}"]))
        name = f"{record['scenario']}, {record['pool']}.{record['operation']}, {where}"
        seen = Observation.from_record(record["observation"]) if record["observation"] else Observation()
        texts.append(evidence.describe(name, judgement, seen, arguments.stacks, width))
    print("\n\n".join(texts), end="")
    return 0


def _wanted(arguments: argparse.Namespace, name: str) -> list[str]:
    return list(getattr(arguments, name.replace("-", "_")))


def _show_scenario(arguments: argparse.Namespace) -> int:
    from repro.cli.output import prose_width
    from repro.errors import unknown
    from repro.plan import catalogue
    from repro.verdicts.expectations import expected

    there = catalogue.scenarios()
    if arguments.scenario not in there:
        raise unknown("scenario", arguments.scenario, there)
    one = there[arguments.scenario].scenario
    width = prose_width()
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
