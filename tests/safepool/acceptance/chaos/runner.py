"""Observer of the chaos run.

By hand: ``python -m tests.safepool.acceptance.chaos.runner [--python 3.8] [--start-method fork] [--seed N] [--seconds 300]``.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.safepool.acceptance import harness, runs

SUBJECT = Path(__file__).with_name("subject_chaos.py")
FACES = ("pool", "executor", "executor-retries")
PATIENCE = 60.0  # seconds beyond the planned ones before a run counts as hung


def run(
    python: str, start_method: str, seed: int, seconds: float, faces: Sequence[str] = FACES
) -> list[harness.Outcome]:
    """One run of `seconds` for each face, at the same time; the seed is part of the outcome's name."""
    program = [str(SUBJECT), "--start-method", start_method]

    def run_one(face: str) -> list[harness.Outcome]:
        return harness.run_items(python, program, [f"{seed}/{face}/{seconds:g}"], deadline=seconds + PATIENCE)

    return runs.at_once(len(faces), run_one, faces)


def main(argv: Sequence[str] | None = None) -> int:
    parser = runs.parser(__doc__)
    parser.add_argument("--face", choices=FACES, action="append")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--seconds", type=float, default=20)
    arguments = parser.parse_args(argv)
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(10**9)

    def parts(python: str, start_method: str) -> Iterator[tuple[str, list[harness.Outcome]]]:
        for outcome in run(python, start_method, seed, arguments.seconds, arguments.face or FACES):
            yield f"{outcome.item} {outcome.data}", [outcome]

    return runs.by_hand(arguments, parts)


if __name__ == "__main__":
    sys.exit(main())
