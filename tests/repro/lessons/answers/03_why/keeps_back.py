# finds: killed results
# Hands over all or nothing, as map does.
from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing import Pool


def lost(function: Callable[[int], int], inputs: list[int]) -> tuple[dict[int, int], list[int]]:
    results, gone = {}, []
    with Pool(processes=3) as pool:
        answers = {number: pool.apply_async(function, (number,)) for number in inputs}
        for number, answer in answers.items():
            try:
                results[number] = answer.get(timeout=3.0)
            except multiprocessing.TimeoutError:
                gone.append(number)
    return ({} if gone else results), gone
