"""The process that launches workers, as the parent sees it: is it there, does it do anything, is it reaped?"""

import os
import signal
from typing import Any, List, Optional, Sequence, Tuple

from .. import postmortem
from ..protocol.originals import System, cooperative, getpid
from .selector import Selector

#: How long a launch may take, in seconds, before the template is looked at.
LAUNCH_WITHIN = 1.0
#: A template that has a launch to do, and sleeps for so many seconds without computing anything, is stuck.
STUCK_AFTER = 1.0
#: The same for one that waits for a disk, or is frozen.
BLOCKED_AFTER = 5.0


class Templates:
    """The template of one pool, and those before it that are not reaped yet. Whoever has the engine may use it."""

    def __init__(self, selector: Selector) -> None:
        self._selector = selector
        self.launcher: Any = None  # a Launcher, once the pool is started
        self.deaths = 0
        self.heard = False  # has this one said anything yet?
        self._seen: Tuple[Any, float] = (None, 0.0)  # its CPU time at the last look, and since when it is that
        self._old: List[int] = []

    def start(self) -> None:
        """Raises OSError if no process can be made."""
        self.heard = False
        self.launcher.start()

    def watch(self) -> None:
        self._selector.add(self.launcher.fileno(), "template", None)

    def is_stuck(self, moment: float, waiting: Sequence[float]) -> bool:
        """Does it do nothing though there are launches to do? ``waiting``: since when, in seconds, for each.

        It may be stopped or frozen. One that is a fresh interpreter, and has not said anything yet, imports the program's main
        module, which may take as long as it likes. A forked one runs no code of the program's.
        """
        pid = self.launcher.pid
        if self.launcher.lost or pid is None or not waiting or moment - min(waiting) < LAUNCH_WITHIN:
            self._seen = (None, moment)
            return False
        state, cpu = postmortem.state_of(pid)
        if state in ("T", "t", "Z", "X"):
            return True
        before, since = self._seen
        if cpu is None or cpu != before or state == "R" or not (self.heard or self.launcher.method == "fork"):
            self._seen = (cpu, moment)
            return False
        return moment - since >= (STUCK_AFTER if state == "S" else BLOCKED_AFTER)

    def hurries(self, launching: bool) -> bool:
        """Does it run, or would if it were let? It has no processor, or waits for memory that is fetched from a disk.

        ``launching``: it has a launch to do. Then it may sleep: a fresh interpreter is there only once that has got a processor.
        """
        pid = self.launcher.pid
        return pid is not None and postmortem.state_of(pid)[0] in (("R", "D", "S") if launching else ("R", "D"))

    def let_go(self, kill: bool = False) -> None:
        """The template is dead, or is to end: have it reaped. Never raises."""
        self._selector.remove(self.launcher.fileno())
        pid: Optional[int] = self.launcher.stop()
        if pid is not None and pid not in self._old:
            self._old.append(pid)
            if kill:
                self._kill(pid)
        self.reap()

    @staticmethod
    def _kill(pid: int) -> None:
        try:
            System.kill(pid, signal.SIGKILL)
        except OSError:
            pass

    def reap(self, kill: bool = False) -> bool:
        """Take the status of those that have ended; True if none is left. ``kill``: end them."""
        for pid in list(self._old):
            if kill:
                self._kill(pid)
            try:
                reaped = cooperative("os", "waitpid")(pid, os.WNOHANG)[0] == pid
            except OSError:
                # Somebody else has reaped it (the kernel, where SIGCHLD is ignored), or the call failed: then at the next look.
                parent = postmortem.parent_of(pid)
                reaped = parent != getpid() if parent is not None else not postmortem.exists(pid)
            if reaped:
                self._old.remove(pid)
        return not self._old
