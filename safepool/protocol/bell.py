"""How a thread of the parent sleeps until another one wakes it; nothing stays locked if a signal handler tears one of them away.

``threading.Event`` is Python code, which can be torn away just after its inner lock was acquired: nobody releases that then, and
who sets the event waits for ever. So who waits makes a lock of his own, acquires it, puts it on the list of a :class:`Bell`,
looks at the state *again*, and only then sleeps, in one C call: ``lock.acquire(True, timeout)``. Who has changed the state looks
at the list *afterwards*, and releases each lock on it. Each does first what the other looks at last, so one of them sees the
other. Who rings may be torn away as well; so a sleeper looks by himself once in a while.
"""

import _thread
from typing import Any, Callable, List, Optional

from .clock import now

#: Seconds after which a sleeper looks by himself whether what he waits for has come.
LOOK_AGAIN = 1.0


class Bell:
    """Where threads sleep until another one rings.

    ``_sleepers`` are the locks of those who sleep: each appends its own and removes it when it goes. Anybody may release
    one, at any time and as often as he likes: it only means *look again*.
    """

    __slots__ = ("_sleepers",)

    def __init__(self) -> None:
        self._sleepers: List[Any] = []

    def wait(self, come: Callable[[], Any], timeout: Optional[float] = None) -> bool:
        """Sleep until ``come()`` is true; False if it is not after ``timeout`` seconds."""
        deadline = None if timeout is None else now() + timeout
        sleeper = _thread.allocate_lock()
        sleeper.acquire()
        self._sleepers.append(sleeper)
        try:
            while not come():
                left = LOOK_AGAIN
                if deadline is not None:
                    left = min(left, deadline - now())
                    if left <= 0:
                        return False
                sleeper.acquire(True, left)
            return True
        finally:
            # Torn away just here, it leaves a lock behind that somebody releases in vain.
            try:
                self._sleepers.remove(sleeper)
            except ValueError:
                pass

    def ring(self) -> None:
        """Wake all. What they wait for has to be there before."""
        for sleeper in self._sleepers.copy():
            try:
                sleeper.release()
            except RuntimeError:
                pass  # it was woken before, and is on its way
