"""Print one scenario in one pool as a complete program of at most 40 lines, fit for a bug report or a slide."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", metavar="SCENARIO", help="a name (repro list scenarios)")
    parser.add_argument(
        "--pool", metavar="POOL", help="default: multiprocessing.Pool, or the next of a bare run that has what it takes"
    )
    parser.add_argument(
        "--operation", metavar="NAME", help="default: the one that the scenario is about, or the pool's first"
    )
    parser.add_argument(
        "--start-method", metavar="NAME", help="default: the platform's, or the one that the scenario is about"
    )


def run(arguments: argparse.Namespace) -> int:
    from repro.errors import UsageError, unknown
    from repro.plan import catalogue, interpreters, matrix
    from repro.report import script
    from repro.subject.adapter import START_METHODS

    names = matrix.pick("scenario", [arguments.scenario], catalogue.scenarios())
    pools = matrix.pick_pools([arguments.pool]) if arguments.pool else []
    if len(names) != 1 or len(pools) > 1:
        raise UsageError(f"one scenario and one pool make a script, not {', '.join(names)} in {len(pools)} pools")
    entry = catalogue.scenarios()[names[0]]
    pool = pools[0] if pools else script.first_pool(entry)
    operation = arguments.operation or matrix.operations_of(entry, pool)[0]
    if operation not in pool.adapter.operations:
        raise unknown(f"operation of {pool.name}", operation, pool.adapter.operations)
    if arguments.start_method:
        matrix.pick("start method", [arguments.start_method], START_METHODS)
    oom = oom_group() if "memory" in entry.scenario.tags else None
    print(script.render(entry, pool, operation, arguments.start_method, interpreters.current(), oom), end="")
    return 0


def oom_group() -> tuple[str, str] | None:
    """The path of a memory cgroup that the program can make, and the name of the file that takes its limit."""
    from pathlib import Path

    from repro.observer import cgroup

    group = cgroup.make()
    if group is None:
        return None
    group.remove()
    path = Path(group.path).with_name("repro-script-oom")
    return str(path), cgroup.limit_file(group.version)
