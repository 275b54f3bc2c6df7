"""The engine's clock: one that no patch finds.

Half of all test suites freeze time: they replace ``time.monotonic``, ``time.time`` and ``time.sleep`` in the ``time``
module and in the namespace of every module that has imported them (freezegun), or mock ``time.sleep``. An engine
whose clock stands still times nothing out, and one whose clock jumps times out everything. So the clock is made of a
function that such patches leave alone (clock_gettime(2); CLOCK_MONOTONIC is what ``time.monotonic`` reads on Linux
and macOS), kept as a default argument, where no search of namespaces comes by; and a pause is a wait for nothing.
"""

import select
import time
from typing import Any


def now(_clock: Any = time.clock_gettime, _which: int = time.CLOCK_MONOTONIC) -> float:
    """Seconds of the monotonic clock; those of ``time.monotonic()``, and of the workers' notes in shared memory."""
    seconds: float = _clock(_which)
    return seconds


def pause(seconds: float, _select: Any = select.select) -> None:
    """Sleep so long."""
    _select((), (), (), seconds)
