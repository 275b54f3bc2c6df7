"""The clock of both sides: one that no patch finds.

Half of all test suites freeze time: they replace ``time.monotonic``, ``time.time`` and ``time.sleep`` in the ``time``
module and in the namespace of every module that has imported them (freezegun), or mock ``time.sleep``. An engine
whose clock stands still times nothing out, and one whose clock jumps times out everything. So the clock is made of a
function that such patches leave alone (clock_gettime(2); CLOCK_MONOTONIC is what ``time.monotonic`` reads on Linux),
kept as a default argument, where no search of namespaces comes by; and a pause is a wait for nothing. Under fork a
worker is a copy of a program whose time stands still, perhaps, and its notes are read by that clock.
"""

import functools
import select
import time
import types
from typing import Any


def now(_clock: Any = time.clock_gettime, _which: int = time.CLOCK_MONOTONIC) -> float:
    """Seconds of the monotonic clock; those of ``time.monotonic()``, and of the workers' notes in shared memory."""
    seconds: float = _clock(_which)
    return seconds


def _nanoseconds(clock: Any) -> Any:
    """In C, since a worker asks it around each task; ``clock``, the quicker one, unless it is patched just now."""
    genuine = isinstance(clock, types.BuiltinFunctionType)
    return functools.partial(clock) if genuine else functools.partial(time.clock_gettime_ns, time.CLOCK_MONOTONIC)


#: The same, in nanoseconds, as an int.
now_ns: Any = _nanoseconds(time.monotonic_ns)


def pause(seconds: float, _select: Any = select.select) -> None:
    """Sleep so long."""
    _select((), (), (), seconds)
