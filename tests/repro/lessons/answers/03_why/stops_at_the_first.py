# finds: two too-few
# Gives up with the first that is lost.
from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing import Pool


def lost(function: Callable[[int], int], inputs: list[int]) -> tuple[dict[int, int], list[int]]:
    results = {}
    with Pool(processes=3) as pool:
        answers = {number: pool.apply_async(function, (number,)) for number in inputs}
        for number, answer in answers.items():
            try:
                results[number] = answer.get(timeout=3.0)
            except multiprocessing.TimeoutError:
                return results, [number]
    return results, []
