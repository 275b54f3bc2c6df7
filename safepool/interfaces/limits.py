"""What a task may take: ``timeout``, ``memory_limit`` and ``retries``."""

from typing import Any, NamedTuple, Optional

_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


class Limits(NamedTuple):
    timeout: Optional[float] = None  # seconds, from when a worker begins the task
    memory_limit: Optional[int] = None  # bytes that the worker takes, beyond what it held before its first such task
    retries: int = 0  # how often a task whose worker died runs again


def parse_size(value: Any) -> Optional[int]:
    """Bytes from an int or a text such as "2GiB", "512 MB" or "1.5G" (all binary). Raises ValueError."""
    if value is None:
        return None
    if isinstance(value, str):
        import re

        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?\s*", value.lower())
        if match is None:
            raise ValueError(f"memory_limit={value!r} is not a size; give bytes or a text such as '2GiB'")
        count = int(float(match.group(1)) * _UNITS[match.group(2)])
    else:
        count = int(value)
    if count <= 0:
        raise ValueError(f"memory_limit={value!r} has to be more than 0")
    return count


def make(timeout: Any = None, memory_limit: Any = None, retries: Any = 0) -> Optional[Limits]:
    """Checked limits; None if there are none. Raises ValueError or TypeError."""
    if timeout is None and memory_limit is None and not retries:
        return None
    if timeout is not None:
        timeout = float(timeout)
        if not timeout > 0:
            raise ValueError(f"timeout={timeout!r} has to be more than 0 seconds")
    if not isinstance(retries, int) or retries < 0:
        raise ValueError(f"retries={retries!r} has to be an int of 0 or more")
    return Limits(timeout, parse_size(memory_limit), retries)
