from __future__ import annotations

from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Callable


def outcome(future: Future[Any]) -> tuple[str, Any]:
    error = future.exception()
    if error is None:
        return "returned", future.result()
    if isinstance(error, BrokenProcessPool):
        return "died", None
    return "raised", type(error).__name__


def together(function: Callable[[Any], Any], inputs: list[Any], workers: int) -> list[tuple[str, Any]]:
    """Who was not done when a worker died, has died; who could not be submitted, too."""
    futures = []
    with ProcessPoolExecutor(max_workers=workers) as executor:
        try:
            for one in inputs:
                futures.append(executor.submit(function, one))
        except BrokenProcessPool:
            pass
    found = [outcome(future) for future in futures]
    return found + [("died", None)] * (len(inputs) - len(found))


def outcomes(function: Callable[[Any], Any], inputs: list[Any]) -> list[tuple[str, Any]]:
    """What came of each input, in order."""
    left = list(range(len(inputs)))
    found: dict[int, tuple[str, Any]] = {}
    for attempt in range(2):  # once together, then each by itself
        groups = [left] if attempt == 0 else [[number] for number in left]
        for group in groups:
            found.update(zip(group, together(function, [inputs[number] for number in group], 3 if attempt == 0 else 1)))
        left = [number for number in left if found[number][0] == "died"]
    return [found[number] for number in range(len(inputs))]
