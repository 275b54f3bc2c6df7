"""What a task may take: ``timeout``, ``memory_limit`` and ``retries``."""

import re
from typing import Any, NamedTuple, Optional

_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


class Limits(NamedTuple):
    timeout: Optional[float] = None  # seconds, from when a worker begins the task
    memory_limit: Optional[int] = None  # bytes of resident memory of the worker
    retries: int = 0  # how often a task whose worker died runs again


def parse_size(value: Any) -> Optional[int]:
    """Bytes from an int or a text such as "2GiB", "512 MB" or "1.5G" (all binary). Raises ValueError."""
    if value is None:
        return None
    if isinstance(value, str):
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?\s*", value.lower())
        if match is None:
            raise ValueError("memory_limit=%r is not a size; give bytes or a text such as '2GiB'" % value)
        count = int(float(match.group(1)) * _UNITS[match.group(2)])
    else:
        count = int(value)
    if count <= 0:
        raise ValueError("memory_limit=%r has to be more than 0" % (value,))
    return count


def make(timeout: Any = None, memory_limit: Any = None, retries: Any = 0) -> Optional[Limits]:
    """Checked limits; None if there are none. Raises ValueError or TypeError."""
    if timeout is None and memory_limit is None and not retries:
        return None
    if timeout is not None:
        timeout = float(timeout)
        if not timeout > 0:
            raise ValueError("timeout=%r has to be more than 0 seconds" % timeout)
    if not isinstance(retries, int) or retries < 0:
        raise ValueError("retries=%r has to be an int of 0 or more" % (retries,))
    return Limits(timeout, parse_size(memory_limit), retries)
