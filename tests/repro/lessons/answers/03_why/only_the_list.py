# finds: fine no-pair
# Returns the lost ones alone.
from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing import Pool


def lost(function: Callable[[int], int], inputs: list[int]) -> tuple[dict[int, int], list[int]]:
    gone = []
    with Pool(processes=3) as pool:
        answers = {number: pool.apply_async(function, (number,)) for number in inputs}
        for number, answer in answers.items():
            try:
                answer.get(timeout=3.0)
            except multiprocessing.TimeoutError:
                gone.append(number)
    return gone  # type: ignore
