"""What the engine's thread waits for: descriptors, a time, or a word from another thread.

Whoever has the engine (``engine.py``) may change what is waited for; :meth:`wake` may be called by anybody, at any moment.

Nothing here is trusted to work each time. A descriptor that cannot be registered now (epoll_ctl(2): ENOMEM, ENOSPC)
is tried again at the next look; a poller that fails altogether (the program closed its descriptor: daemonizing
libraries close all there are) is made anew; a wake-up that is lost costs :data:`LONGEST` at most, since nobody sleeps
longer, and whoever wakes looks at everything.
"""

import _thread
import threading
from typing import Any, Dict, List, Optional, Tuple, Union

from ..protocol.clock import now
from ..protocol.descriptors import close_all, close_anyway, note_pipe
from ..protocol.originals import System
from . import poller
from .poller import READ, WRITE

__all__ = ["LONGEST", "READ", "WRITE", "Selector"]

#: The longest sleep, in seconds.
LONGEST = 1.0

Target = Tuple[str, Any]


class Selector:
    """The descriptors that are waited for (``targets``: what each is, and whose), and when something is due."""

    def __init__(self) -> None:
        self.targets: Dict[int, Target] = {}
        self.fds: List[int] = []  # the ends of the pipe by which the thread is woken
        self.next_tick = float("inf")
        self.thread: Optional[threading.Thread] = None  # the one that waits
        self._masks: Dict[int, int] = {}  # what is asked of each target; 0 while its descriptor is left alone
        self._missing: List[int] = []  # targets that the poller does not have, but should
        self._sleeps_until = 0.0
        self._poller: Union[poller.EpollPoller, poller.PollPoller, None] = None
        self._wake_r = self._wake_w = -1

    def open(self) -> None:
        """Make the descriptors. Raises OSError if there are none left."""
        note_pipe(self.fds)
        self._wake_r, self._wake_w = self.fds
        System.set_blocking(self._wake_r, False)
        System.set_blocking(self._wake_w, False)
        self._poller = poller.create()
        self._poller.add(self._wake_r, READ)

    @property
    def immediate(self) -> bool:
        """Does a change by another thread count for a wait in progress?"""
        return isinstance(self._poller, poller.EpollPoller)

    # ---- what is waited for

    def add(self, fd: int, what: str, subject: Any, mask: int = READ) -> None:
        """Wait for this descriptor too; what comes is ``(what, subject)``."""
        self.targets[fd] = (what, subject)
        self._ask(fd, mask)

    def remove(self, fd: Optional[int]) -> None:
        """Not any more; before the descriptor is closed. None, or one that is not waited for, is fine."""
        if fd is not None and self.targets.pop(fd, None) is not None:
            self._masks.pop(fd, None)
            if self._poller is not None:
                self._poller.remove(fd)

    def leave(self, fd: int) -> None:
        """Somebody else reads this descriptor for a while: it stays a target, and is not waited for until :meth:`resume`."""
        if fd in self.targets and self._poller is not None:
            self._masks[fd] = 0
            self._poller.remove(fd)

    def resume(self, fd: int) -> None:
        if fd in self.targets and self._masks.get(fd) == 0:
            self._ask(fd, READ)

    def is_for(self, fd: Optional[int], subject: Any) -> bool:
        """Is this descriptor waited for, and still this one's?"""
        target = self.targets.get(fd) if fd is not None else None
        return target is not None and target[1] is subject

    def _ask(self, fd: int, mask: int) -> None:
        self._masks[fd] = mask
        try:
            assert self._poller is not None
            self._poller.add(fd, mask)
        except Exception:
            self._missing.append(fd)  # at the next look
            self.due(now() + 0.05)
        if not self.immediate:
            self.wake()

    # ---- when

    def is_here(self) -> bool:
        """Is this the thread that waits?"""
        return self.thread is not None and _thread.get_ident() == self.thread.ident

    def due(self, when: float) -> None:
        """See to it that the thread looks at ``when``."""
        if when < self.next_tick:
            self.next_tick = when
            if when < self._sleeps_until and not self.is_here():
                self.wake()

    def wake(self) -> None:
        """Have the thread look now. Never waits, never raises."""
        try:
            System.write(self._wake_w, b"x")
        except OSError:  # full: it is going to wake; closed: it looks within LONGEST
            pass

    def wait(self, idle: bool = True) -> List[Target]:
        """Sleep until something happens or is due, LONGEST at most (not at all unless ``idle``); what happened."""
        found: List[Target] = []
        try:
            if self._missing:
                self._try_again()
            self._sleeps_until = self.next_tick
            seconds = max(0.0, min(self.next_tick - now(), LONGEST)) if idle else 0.0
            assert self._poller is not None
            for fd, _mask in self._poller.wait(seconds):
                if fd == self._wake_r:
                    self._drain()
                else:
                    target = self.targets.get(fd)
                    if target is not None:
                        found.append(target)
        except Exception:
            self._renew()
        finally:
            self._sleeps_until = 0.0
        return found

    def _drain(self) -> None:
        try:
            System.read(self._wake_r, 4096)
        except OSError:
            pass

    def _try_again(self) -> None:
        missing, self._missing = self._missing, []
        for fd in missing:
            mask = self._masks.get(fd)
            if fd in self.targets and mask:
                self._ask(fd, mask)

    def _renew(self) -> None:
        """Waiting failed:

        a new poller, and everything that should be in it. A pause first, lest a lasting failure become a busy loop.
        """
        from ..protocol.clock import pause

        pause(0.01)
        old, self._poller = self._poller, None
        if old is not None:
            close_anyway(old)
        try:
            self._poller = poller.create()
        except Exception:
            self._poller = poller.PollPoller()  # needs no descriptor of its own
        self._missing = list(self.targets)
        try:
            self._poller.add(self._wake_r, READ)
        except Exception:
            pass

    # ---- the end

    def close_poller(self) -> None:
        """In the template, a fork of the parent: the poller's descriptor is the parent's."""
        if self._poller is not None:
            close_anyway(self._poller)

    def close(self) -> None:
        """Close what is ours; each step by itself."""
        self.targets.clear()
        self._masks.clear()
        self._wake_w = -1
        poller_, self._poller = self._poller, None
        close_all(self.fds)
        if poller_ is not None:
            close_anyway(poller_)
