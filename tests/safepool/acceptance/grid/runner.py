"""Observer of the grid: which cells there are, and runs them.

By hand: ``python -m tests.safepool.acceptance.grid.runner [--python 3.8] [--start-method fork] [--operation map] [--cell 'sig*/running']``.
"""

from __future__ import annotations

import argparse
import collections
import fnmatch
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.safepool.acceptance import harness, interpreters
from tests.safepool.acceptance.grid.subject_grid import cells
from tests.safepool.acceptance.grid.subject_pools import OPERATIONS

SUBJECT = Path(__file__).with_name("subject_grid.py")
START_METHODS = ("fork", "spawn", "forkserver")
DEADLINE = 30.0  # seconds without a step: a cell takes well under one
FULL_SIZE = 200 << 20
CI_SIZE = 16 << 20  # beyond every pipe buffer: as much in the middle as 200 MB, for a tenth of the time


def all_cells(pattern: str = "*") -> list[str]:
    names = [f"{fault}/{point}" for fault, point in cells()]
    return [name for name in names if fnmatch.fnmatchcase(name, pattern)]


def run(
    python: str,
    operation: str,
    start_method: str,
    names: Sequence[str],
    *,
    target: str = "safepool",
    size: int = CI_SIZE,
    deadline: float = DEADLINE,
    parallel: int = 2,
) -> list[harness.Outcome]:
    """Run the cells `names`, in `parallel` subjects at once; one outcome each, plus what was left behind."""
    program = [
        str(SUBJECT),
        "--operation",
        operation,
        "--start-method",
        start_method,
        "--target",
        target,
        "--size",
        str(size),
    ]
    shares = [list(names[start::parallel]) for start in range(parallel)]
    with ThreadPoolExecutor(parallel) as threads:
        results = threads.map(lambda share: harness.run_items(python, program, share, deadline=deadline), shares)
        return [outcome for result in results for outcome in result]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", action="append")
    parser.add_argument("--start-method", choices=START_METHODS, action="append")
    parser.add_argument("--operation", choices=OPERATIONS, action="append")
    parser.add_argument("--cell", default="*", help="pattern of FAULT/POINT")
    parser.add_argument("--target", choices=["safepool", "standard"], default="safepool")
    parser.add_argument("--size", type=int, default=CI_SIZE)
    parser.add_argument("--deadline", type=float, default=DEADLINE)
    parser.add_argument("--parallel", type=int, default=2)
    arguments = parser.parse_args(argv)
    bad = False
    for minor in arguments.python or [interpreters.THIS]:
        python = interpreters.interpreter(minor)
        if python is None:
            print(f"{minor}: absent")
            continue
        for start_method in arguments.start_method or START_METHODS:
            for operation in arguments.operation or OPERATIONS:
                outcomes = run(
                    python,
                    operation,
                    start_method,
                    all_cells(arguments.cell),
                    target=arguments.target,
                    size=arguments.size,
                    deadline=arguments.deadline,
                    parallel=arguments.parallel,
                )
                counts = collections.Counter(outcome.verdict for outcome in outcomes)
                seconds = sum(outcome.seconds for outcome in outcomes)
                print(f"{minor} {start_method} {operation}: {dict(counts)}, {seconds:.1f} s in cells", flush=True)
                text = harness.problems(outcomes)
                if text:
                    bad = True
                    print(text, flush=True)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
