"""Observer of the rows beside the grid: which there are, and runs them, a process each.

By hand: ``python -m tests.safepool.acceptance.grid.also [--python 3.8] [--start-method fork] [ROW-PATTERN ...]``.
"""

from __future__ import annotations

import argparse
import ast
import collections
import fnmatch
import functools
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.safepool.acceptance import harness, interpreters
from tests.safepool.acceptance.grid.runner import START_METHODS

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

    with ThreadPoolExecutor(parallel) as threads:
        return [outcome for found in threads.map(run_one, names) for outcome in found]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("patterns", nargs="*", default=["[!h]*", "h[!e]*"])
    parser.add_argument("--python", action="append")
    parser.add_argument("--start-method", choices=START_METHODS, action="append")
    parser.add_argument("--parallel", type=int, default=4)
    arguments = parser.parse_args(argv)
    bad = False
    names = [name for name in all_rows() if any(fnmatch.fnmatchcase(name, p) for p in arguments.patterns)]
    for minor in arguments.python or [interpreters.THIS]:
        python = interpreters.interpreter(minor)
        if python is None:
            print(f"{minor}: absent")
            continue
        for start_method in arguments.start_method or START_METHODS:
            outcomes = run(python, start_method, names, parallel=arguments.parallel)
            counts = collections.Counter(outcome.verdict for outcome in outcomes)
            print(f"{minor} {start_method}: {dict(counts)}", flush=True)
            text = harness.problems(outcomes)
            if text:
                bad = True
                print(text, flush=True)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
