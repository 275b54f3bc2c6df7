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
from typing import Any


def now(_clock: Any = time.clock_gettime, _which: int = time.CLOCK_MONOTONIC) -> float:
    """Seconds of the monotonic clock; those of ``time.monotonic()``, and of the workers' notes in shared memory."""
    seconds: float = _clock(_which)
    return seconds


#: The same, in nanoseconds, as an int. In C, since a worker asks it around each task.
now_ns: Any = functools.partial(time.clock_gettime_ns, time.CLOCK_MONOTONIC)


def pause(seconds: float, _select: Any = select.select) -> None:
    """Sleep so long."""
    _select((), (), (), seconds)
