"""Runs the cases, each in a session of its own under its time limit; a line for each, and a summary by root.

By hand: ``python -m tests.safepool.acceptance.cases.runner [--python 3.8] [--root N] [--case GLOB] [--start-method spawn]``.
"""

from __future__ import annotations

import argparse
import collections
import fnmatch
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.safepool.acceptance import interpreters, session
from tests.safepool.acceptance.cases import subject_case, table

AT_ONCE = 1
SPARE = 5.0  # seconds after a program's own limit, at which it writes its stacks


@dataclass(frozen=True)
class Result:
    """What became of a run. ``verdict``: held, skipped, hang, failed (it said why, or died), leftovers."""

    run: table.Run
    verdict: str
    why: str
    detail: str
    seconds: float


def run(python: str, what: table.Run) -> Result:
    """Run it, and judge it by its end marker, its exit status, and what it left."""
    command = [python, str(what.case.program), what.variant, what.method, str(what.case.seconds)]
    return judge(what, session.run(command, what.case.seconds + SPARE))


def judge(what: table.Run, ended: session.Ended) -> Result:
    """Nothing passes by absence: without the marker, or with another exit status than 0, it has not held."""
    lines = [line for line in ended.output.splitlines() if line.strip()]
    held = subject_case.HELD in lines
    skipped = [line for line in lines if line.startswith(subject_case.SKIPPED)]
    if ended.status is None or "Timeout (" in ended.output:
        verdict, why = "hang", "at the end of the program" if held else "in the program"
    elif ended.status != 0:
        verdict, why = "failed", lines[-1] if lines else "it said nothing"
        if ended.status < 0:
            why = f"the parent was killed by signal {-ended.status}; {why}"
    elif skipped:
        verdict, why = "skipped", skipped[0][len(subject_case.SKIPPED) :]
    elif not held:
        verdict, why = "failed", "it ended without its end marker"
    elif ended.leftovers:
        verdict, why = "leftovers", "; ".join(ended.leftovers)
    else:
        verdict, why = "held", ""
    return Result(what, verdict, why, ended.output, ended.seconds)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", action="append", metavar="MINOR", help="this one if none is named; all")
    parser.add_argument(
        "--start-method", action="append", choices=[*table.ANY, "all"], help="each case's first one if none is named"
    )
    parser.add_argument("--root", type=int, action="append")
    parser.add_argument(
        "--case", default="*", metavar="GLOB", help="of names, or of names with variants: 'few_*[[]pool]'"
    )
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="races find less when the machine is busy")
    parser.add_argument("--slow", action="store_true", help="those that take a minute, too")
    parser.add_argument("--verbose", action="store_true", help="the output of those that did not hold")
    parser.add_argument("--json", metavar="FILE", help="append a line for each run")
    arguments = parser.parse_args(argv)
    minors = arguments.python or [interpreters.THIS]
    methods = tuple(table.ANY if "all" in (arguments.start_method or ()) else arguments.start_method or ())
    chosen = [
        what
        for what in table.runs(methods)
        if (not arguments.root or what.case.root in arguments.root)
        and (arguments.slow or not what.case.slow)
        and any(fnmatch.fnmatch(name, arguments.case) for name in (what.case.name, f"{what.case.name}[{what.variant}]"))
    ]
    by_root: dict[int, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for minor in interpreters.MINORS if "all" in minors else minors:
        python = interpreters.interpreter(minor)
        if python is None:
            print(f"{minor}: absent")
            continue
        with ThreadPoolExecutor(arguments.at_once) as threads:
            several = [what for what in chosen for _ in range(arguments.times)]
            for result in threads.map(lambda what, python=python: run(python, what), several):
                by_root[result.run.case.root][result.verdict] += 1
                print(
                    f"{minor} root {result.run.case.root:2} {result.run}: {result.verdict}, "
                    f"{result.seconds:.1f} s {result.why[:300]}",
                    flush=True,
                )
                if arguments.verbose and result.verdict not in ("held", "skipped"):
                    print(result.detail, flush=True)
                if arguments.json:
                    with open(arguments.json, "a") as file:
                        names = {
                            "case": result.run.case.name,
                            "variant": result.run.variant,
                            "method": result.run.method,
                        }
                        facts = {
                            "verdict": result.verdict,
                            "why": result.why,
                            "detail": result.detail,
                            "seconds": result.seconds,
                        }
                        file.write(json.dumps({"python": minor, "root": result.run.case.root, **names, **facts}) + "\n")
    for root, counts in sorted(by_root.items()):
        print(f"root {root:2}: {dict(counts)}")
    return int(any(set(counts) - {"held", "skipped"} for counts in by_root.values()))


if __name__ == "__main__":
    sys.exit(main())
