from __future__ import annotations

from multiprocessing import Pool
from typing import Callable


def lost(function: Callable[[int], int], inputs: list[int]) -> tuple[dict[int, int], list[int]]:
    """The results by input, and the inputs whose task took its worker along."""
    with Pool(processes=3) as pool:
        return dict(zip(inputs, pool.map(function, inputs))), list(inputs)
