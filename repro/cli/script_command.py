"""Print one scenario in one pool as a complete program of at most 25 lines, fit for a bug report or a slide."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", metavar="SCENARIO", help="a name (repro list scenarios)")
    parser.add_argument("--pool", default="multiprocessing.Pool", metavar="POOL", help="default: multiprocessing.Pool")
    parser.add_argument("--operation", default=None, metavar="NAME", help="default: the pool's first")
    parser.add_argument("--start-method", default=None, metavar="NAME", help="default: the platform's")


def run(arguments: argparse.Namespace) -> int:
    from repro import catalogue, interpreters, matrix, script
    from repro.errors import UsageError, unknown

    scenarios = matrix.pick("scenario", [arguments.scenario], catalogue.scenarios())
    pools = matrix.pick_pools([arguments.pool])
    if len(scenarios) != 1 or len(pools) != 1:
        raise UsageError(f"one scenario and one pool make a script, not {', '.join(scenarios)} in {len(pools)} pools")
    operation = arguments.operation or pools[0].adapter.operations[0]
    if operation not in pools[0].adapter.operations:
        raise unknown(f"operation of {pools[0].name}", operation, pools[0].adapter.operations)
    if arguments.start_method:
        matrix.pick("start method", [arguments.start_method], matrix.START_METHODS)
    entry = catalogue.scenarios()[scenarios[0]]
    print(script.render(entry, pools[0], operation, arguments.start_method, interpreters.current()), end="")
    return 0
