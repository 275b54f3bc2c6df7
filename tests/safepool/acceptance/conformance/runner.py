"""Observer of the conformance tests: lists the tests of an interpreter, runs them under a watchdog, several at once.

By hand: ``python -m tests.safepool.acceptance.conformance.runner [--target standard] [--start-method spawn] [MINOR ...]``.
"""

from __future__ import annotations

import argparse
import collections
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.safepool.acceptance import harness, interpreters
from tests.safepool.acceptance.conformance.skipped import reason_to_skip

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
    with ThreadPoolExecutor(PARALLEL) as threads:
        results = threads.map(lambda group: harness.run_items(python, program, group, deadline=DEADLINE), groups)
        outcomes = [outcome for group in results for outcome in group]
    return outcomes + [harness.Outcome(name, "skipped", reason) for name, reason in skipped.items() if reason]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("minors", nargs="*", default=[interpreters.THIS])
    parser.add_argument("--target", choices=["safepool", "standard"], default="safepool")
    parser.add_argument("--family", choices=["pool", "executor"], action="append")
    parser.add_argument("--start-method", choices=["fork", "spawn", "forkserver"], action="append")
    parser.add_argument("--isolated", action="store_true", help="a process per test")
    parser.add_argument("--only", default="", help="part of a test's name")
    parser.add_argument("--skips", action="store_true", help="print the skipped tests with their reasons")
    arguments = parser.parse_args(argv)
    bad = False
    for minor in arguments.minors:
        python = interpreters.interpreter(minor)
        if python is None:
            print(f"{minor}: absent")
            continue
        for family in arguments.family or ["pool", "executor"]:
            for start_method in arguments.start_method or ["fork", "spawn", "forkserver"]:
                try:
                    outcomes = run(
                        python,
                        family,
                        start_method,
                        target=arguments.target,
                        only=arguments.only,
                        isolated=arguments.isolated,
                    )
                except Absent as absent:
                    print(f"{minor} {family} {start_method}: absent ({absent})")
                    continue
                counts = collections.Counter(outcome.verdict for outcome in outcomes)
                seconds = sum(outcome.seconds for outcome in outcomes)
                print(f"{minor} {family} {start_method}: {dict(counts)}, {seconds:.0f} s in tests", flush=True)
                text = harness.problems(outcomes)
                if text:
                    bad = True
                    print(text, flush=True)
                if arguments.skips:
                    for outcome in outcomes:
                        if outcome.verdict == "skipped":
                            print(f"  skipped {outcome.item}: {outcome.detail}")
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
