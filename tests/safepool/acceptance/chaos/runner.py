"""Observer of the chaos run.

By hand: ``python -m tests.safepool.acceptance.chaos.runner [--python 3.8] [--start-method fork] [--seed N] [--seconds 300]``.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.safepool.acceptance import harness, interpreters
from tests.safepool.acceptance.grid.runner import START_METHODS

SUBJECT = Path(__file__).with_name("subject_chaos.py")
FACES = ("pool", "executor", "executor-retries")
PATIENCE = 60.0  # seconds beyond the planned ones before a run counts as hung


def run(
    python: str, start_method: str, seed: int, seconds: float, faces: Sequence[str] = FACES
) -> list[harness.Outcome]:
    """One run of `seconds` for each face, at the same time; the seed is part of the outcome's name."""
    program = [str(SUBJECT), "--start-method", start_method]
    with ThreadPoolExecutor(len(faces)) as threads:
        found = threads.map(
            lambda face: harness.run_items(
                python, program, [f"{seed}/{face}/{seconds:g}"], deadline=seconds + PATIENCE
            ),
            faces,
        )
        return [outcome for outcomes in found for outcome in outcomes]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", action="append")
    parser.add_argument("--start-method", choices=START_METHODS, action="append")
    parser.add_argument("--face", choices=FACES, action="append")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--seconds", type=float, default=20)
    arguments = parser.parse_args(argv)
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(10**9)
    bad = False
    for minor in arguments.python or [interpreters.THIS]:
        python = interpreters.interpreter(minor)
        if python is None:
            print(f"{minor}: absent")
            continue
        for start_method in arguments.start_method or START_METHODS:
            outcomes = run(python, start_method, seed, arguments.seconds, arguments.face or FACES)
            for outcome in outcomes:
                print(f"{minor} {start_method} {outcome.item}: {outcome.verdict} {outcome.data}", flush=True)
            text = harness.problems(outcomes)
            if text:
                bad = True
                print(text, flush=True)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
