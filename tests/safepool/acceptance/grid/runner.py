"""Observer of the grid: which cells there are, and runs them.

By hand: ``python -m tests.safepool.acceptance.grid.runner [--python 3.8] [--start-method fork] [--operation map]
[--cell 'sig*/running']``.
"""

from __future__ import annotations

import fnmatch
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.safepool.acceptance import harness, runs
from tests.safepool.acceptance.grid.subject_grid import cells
from tests.safepool.acceptance.grid.subject_pools import OPERATIONS

SUBJECT = Path(__file__).with_name("subject_grid.py")
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
    return runs.at_once(parallel, lambda share: harness.run_items(python, program, share, deadline=deadline), shares)


def main(argv: Sequence[str] | None = None) -> int:
    parser = runs.parser(__doc__)
    parser.add_argument("--operation", choices=OPERATIONS, action="append")
    parser.add_argument("--cell", default="*", help="pattern of FAULT/POINT")
    parser.add_argument("--target", choices=["safepool", "standard"], default="safepool")
    parser.add_argument("--size", type=int, default=CI_SIZE)
    parser.add_argument("--deadline", type=float, default=DEADLINE)
    parser.add_argument("--parallel", type=int, default=2)
    arguments = parser.parse_args(argv)
    names = all_cells(arguments.cell)
    options = {name: getattr(arguments, name) for name in ("target", "size", "deadline", "parallel")}

    def parts(python: str, start_method: str) -> Iterator[tuple[str, list[harness.Outcome]]]:
        for operation in arguments.operation or OPERATIONS:
            yield operation, run(python, operation, start_method, names, **options)

    return runs.by_hand(arguments, parts)


if __name__ == "__main__":
    sys.exit(main())
