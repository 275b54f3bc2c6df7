"""Observer of the rows beside the grid: which there are, and runs them, a process each.

By hand: ``python -m tests.safepool.acceptance.grid.also [--python 3.8] [--start-method fork] [ROW-PATTERN ...]``.
"""

from __future__ import annotations

import ast
import fnmatch
import functools
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.safepool.acceptance import harness, runs

SUBJECT = Path(__file__).with_name("subject_also.py")
DEADLINE = 30.0
HEAVY_DEADLINE = 300.0


@functools.lru_cache(maxsize=1)
def all_rows() -> tuple[str, ...]:
    """The names of all rows, read from their modules without importing them: a subject's code runs in subjects only."""
    names = []
    for module in sorted(SUBJECT.parent.glob("subject_rows_*.py")):
        for node in ast.parse(module.read_text()).body:
            if isinstance(node, ast.FunctionDef) and any(
                isinstance(decorator, ast.Name) and decorator.id == "row" for decorator in node.decorator_list
            ):
                names.append(node.name)
    return tuple(names)


def run(python: str, start_method: str, names: Sequence[str], *, parallel: int = 4) -> list[harness.Outcome]:
    """Run the rows `names`, `parallel` at once, each in a process and session of its own."""
    program = [str(SUBJECT), "--start-method", start_method]

    def run_one(name: str) -> list[harness.Outcome]:
        deadline = HEAVY_DEADLINE if name.startswith("heavy_") else DEADLINE
        found = harness.run_items(python, program, [name], deadline=deadline)
        # One row, one outcome: what the whole process left behind is this row's too.
        return [
            outcome if outcome.item == name else harness.Outcome(f"{name} (end)", outcome.verdict, outcome.detail)
            for outcome in found
        ]

    return runs.at_once(parallel, run_one, names)


def main(argv: Sequence[str] | None = None) -> int:
    parser = runs.parser(__doc__)
    parser.add_argument("patterns", nargs="*", default=["[!h]*", "h[!e]*"])
    parser.add_argument("--parallel", type=int, default=4)
    arguments = parser.parse_args(argv)
    names = [name for name in all_rows() if any(fnmatch.fnmatchcase(name, p) for p in arguments.patterns)]

    def parts(python: str, start_method: str) -> Iterator[tuple[str, list[harness.Outcome]]]:
        yield "rows", run(python, start_method, names, parallel=arguments.parallel)

    return runs.by_hand(arguments, parts)


if __name__ == "__main__":
    sys.exit(main())
