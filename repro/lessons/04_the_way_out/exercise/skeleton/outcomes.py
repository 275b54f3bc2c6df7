from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from typing import Any, Callable


def outcomes(function: Callable[[Any], Any], inputs: list[Any]) -> list[tuple[str, Any]]:
    """What came of each input, in order."""
    with ProcessPoolExecutor(max_workers=3) as executor:
        futures = [executor.submit(function, one) for one in inputs]
    return [("submitted", future) for future in futures]
