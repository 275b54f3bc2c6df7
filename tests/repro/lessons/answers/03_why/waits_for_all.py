# finds: one hangs
# Waits for every result.
from __future__ import annotations

from collections.abc import Callable
from multiprocessing import Pool


def lost(function: Callable[[int], int], inputs: list[int]) -> tuple[dict[int, int], list[int]]:
    with Pool(processes=3) as pool:
        answers = {number: pool.apply_async(function, (number,)) for number in inputs}
        return {number: answer.get() for number, answer in answers.items()}, []
