"""Observer of the conformance tests: lists the tests of an interpreter, runs them under a watchdog, several at once.

By hand: ``python -m tests.safepool.acceptance.conformance.runner [--target standard] [--start-method spawn] [--python 3.8]``.
"""

from __future__ import annotations

import collections
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.safepool.acceptance import harness, runs
from tests.safepool.acceptance.conformance.skipped import reason_to_skip

FAMILIES = ("pool", "executor")
DRIVER = Path(__file__).with_name("driver.py")
DEADLINE = 40.0  # seconds for one test; the longest of CPython's own takes 12 s here
PARALLEL = 6  # most of these tests wait, they do not compute
TOGETHER = 6  # tests of a class that share a process


class Absent(Exception):
    """This interpreter's standard library has no such tests."""


def list_tests(python: str, family: str, start_method: str, target: str = "safepool") -> tuple[str, list[str]]:
    """The version and the names of its tests of `family` for `start_method`; raises `Absent` with the reason."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "names.json")
        done = subprocess.run(
            [
                python,
                str(DRIVER),
                "--family",
                family,
                "--start-method",
                start_method,
                "--target",
                target,
                "--list",
                str(answer),
            ],
            capture_output=True,
            text=True,
            timeout=60,
            cwd=folder,
        )
        if not answer.exists():
            raise RuntimeError(f"{python} cannot list its {family} tests:\n{done.stderr}")
        found = json.loads(answer.read_text())
    if "absent" in found:
        raise Absent(found["absent"])
    return found["minor"], list(found["names"])


def run(
    python: str, family: str, start_method: str, *, target: str = "safepool", isolated: bool = False, only: str = ""
) -> list[harness.Outcome]:
    """Run the tests; those that the table skips come out as skipped, with its reason.

    A few tests of one class share a process; with `isolated` each has one of its own.
    """
    minor, names = list_tests(python, family, start_method, target)
    names = [name for name in names if only in name]
    skipped = {name: reason_to_skip(name, start_method, minor) for name in names} if target == "safepool" else {}
    classes: dict[str, list[str]] = collections.defaultdict(list)
    for name in names:
        if not skipped.get(name):
            classes[name.rpartition(".")[0]].append(name)
    size = 1 if isolated else TOGETHER
    groups = [tests[start : start + size] for tests in classes.values() for start in range(0, len(tests), size)]
    program = [str(DRIVER), "--family", family, "--start-method", start_method, "--target", target]
    outcomes = runs.at_once(
        PARALLEL, lambda group: harness.run_items(python, program, group, deadline=DEADLINE), groups
    )
    return outcomes + [harness.Outcome(name, "skipped", reason) for name, reason in skipped.items() if reason]


def main(argv: Sequence[str] | None = None) -> int:
    parser = runs.parser(__doc__)
    parser.add_argument("--target", choices=["safepool", "standard"], default="safepool")
    parser.add_argument("--family", choices=FAMILIES, action="append")
    parser.add_argument("--isolated", action="store_true", help="a process per test")
    parser.add_argument("--only", default="", help="part of a test's name")
    parser.add_argument("--skips", action="store_true", help="print the skipped tests with their reasons")
    arguments = parser.parse_args(argv)
    options = {name: getattr(arguments, name) for name in ("target", "only", "isolated")}

    def parts(python: str, start_method: str) -> Iterator[tuple[str, list[harness.Outcome]]]:
        for family in arguments.family or FAMILIES:
            try:
                outcomes = run(python, family, start_method, **options)
            except Absent as absent:
                print(f"{python} {start_method} {family}: absent ({absent})")
                continue
            yield family, outcomes
            for outcome in outcomes if arguments.skips else ():
                if outcome.verdict == "skipped":
                    print(f"  skipped {outcome.item}: {outcome.detail}")

    return runs.by_hand(arguments, parts)


if __name__ == "__main__":
    sys.exit(main())
