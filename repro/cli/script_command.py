"""Print one scenario in one pool as a complete program of at most 25 lines, fit for a bug report or a slide."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", metavar="SCENARIO", help="a name (repro list scenarios)")
    parser.add_argument("--pool", default="multiprocessing.Pool", metavar="POOL", help="default: multiprocessing.Pool")
    parser.add_argument("--operation", default=None, metavar="NAME", help="default: the pool's first")
    parser.add_argument("--start-method", default=None, metavar="NAME", help="default: the platform's")


def run(arguments: argparse.Namespace) -> int:
    from repro.errors import UsageError, unknown
    from repro.plan import catalogue, interpreters, matrix
    from repro.report import script
    from repro.subject.adapter import START_METHODS

    scenarios = matrix.pick("scenario", [arguments.scenario], catalogue.scenarios())
    pools = matrix.pick_pools([arguments.pool])
    if len(scenarios) != 1 or len(pools) != 1:
        raise UsageError(f"one scenario and one pool make a script, not {', '.join(scenarios)} in {len(pools)} pools")
    operation = arguments.operation or pools[0].adapter.operations[0]
    if operation not in pools[0].adapter.operations:
        raise unknown(f"operation of {pools[0].name}", operation, pools[0].adapter.operations)
    if arguments.start_method:
        matrix.pick("start method", [arguments.start_method], START_METHODS)
    entry = catalogue.scenarios()[scenarios[0]]
    oom = _oom_group() if "memory" in entry.scenario.tags else None
    print(script.render(entry, pools[0], operation, arguments.start_method, interpreters.current(), oom), end="")
    return 0


def _oom_group() -> tuple[str, str] | None:
    """The path of a memory cgroup that the program can make, and the name of the file that takes its limit."""
    from pathlib import Path

    from repro.observer import cgroup

    group = cgroup.make()
    if group is None:
        return None
    group.remove()
    path = Path(group.path).with_name("repro-script-oom")
    return str(path), cgroup.limit_file(group.version)
