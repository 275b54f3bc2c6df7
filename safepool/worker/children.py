"""The template's children: which workers live, how did the others end, and who is still to get a signal?

Each system call can fail, once or for a while. What failed is done again at the template's next look, which it is asked for by
``look_again``; what had been done is in these books by then.
"""

import os
import signal
import sys
from typing import Any, Callable, Dict, Tuple

from ..protocol.control import ALIVE, CGROUP, DIED, LAUNCHED, NO_STATUS, STRANGER
from ..protocol.originals import System

#: For so many milliseconds the template waits at its end for workers that it has killed.
END_PATIENCE = 5000
#: The ends of so many workers are remembered, should the parent ask again.
REMEMBERED = 256


class Children:
    """``tell`` queues a record for the parent, ``guard`` does a step that may fail (``Template.tell``, ``Template.guard``)."""

    def __init__(self, tell: Callable[..., None], guard: Callable[..., Any], look_again: Callable[[], None]) -> None:
        self._tell = tell
        self._guard = guard
        self._look_again = look_again
        self._living: Dict[int, int] = {}  # pid -> worker number
        self._pids: Dict[int, int] = {}  # the other way round
        self._dead: Dict[int, Tuple[int, int, int]] = {}  # number -> how, in the order of their ends
        self._signals: Dict[int, int] = {}  # pid -> a signal that could not be sent yet

    def born(self, number: int, pid: int) -> None:
        self._living[pid] = number
        self._pids[number] = pid
        self._tell(LAUNCHED, number, pid)

    def has(self, number: int) -> bool:
        """Was this worker launched already, as far as anybody remembers?"""
        return number in self._pids or number in self._dead

    def tell_status(self, number: int) -> None:
        if number in self._pids:
            self._tell(ALIVE, number, self._pids[number])
        elif number in self._dead:
            self._tell(DIED, number, *self._dead[number])
        else:
            self._tell(STRANGER, number)

    # ---- signals

    def send_signal(self, number: int, pid: int, signum: int) -> None:
        """Send this worker a signal, if that is its pid still."""
        if self._living.get(pid) == number:
            self._send(pid, signum)

    def _send(self, pid: int, signum: int) -> None:
        try:
            System.kill(pid, signum)
        except OSError:
            # Either it is dead, which the next look shows, or the call failed, and is done again.
            self._signals[pid] = signum

    def signal_again(self) -> None:
        """Send what could not be sent before."""
        if not self._signals:
            return
        signals, self._signals = self._signals, {}
        for pid, signum in signals.items():
            if pid in self._living:
                self._send(pid, signum)
        if self._signals:
            self._look_again()

    # ---- deaths

    def reap(self) -> None:
        """Note and report all that are dead."""
        while self._living:
            try:
                # Look before reaping: the cgroup of a process can be read as long as it is a zombie.
                found = System.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except OSError:
                # It failed, or somebody (a hook at fork) has reaped children of ours: ask of each.
                for pid in list(self._living):
                    self._guard(self._bury, pid, b"")
                return
            if found is None:
                return
            pid = found.si_pid
            cgroup = read_cgroup(pid) if found.si_code != os.CLD_EXITED and pid in self._living else b""
            if not self._bury(pid, cgroup):
                return

    def _bury(self, pid: int, cgroup: bytes) -> bool:
        """Reap a child if it is dead, and say so. False if it is not, or that cannot be told now."""
        try:
            found, status, usage = System.wait4(pid, os.WNOHANG)
            if not found:
                return False
            peak = usage.ru_maxrss if sys.platform != "darwin" else usage.ru_maxrss // 1024
        except ChildProcessError:
            status, peak = NO_STATUS, 0
        except OSError:
            self._look_again()
            return False
        number = self._living.pop(pid, None)
        self._signals.pop(pid, None)
        if number is None:
            return True
        del self._pids[number]
        self._dead[number] = (pid, status, peak)
        if len(self._dead) > REMEMBERED:
            del self._dead[next(iter(self._dead))]
        if cgroup:
            self._tell(CGROUP, number, len(cgroup), more=cgroup)
        self._tell(DIED, number, pid, status, peak)
        return True

    def end(self) -> None:
        """Kill those that live, and wait for them, but not for ever."""
        for pid in list(self._living):
            try:
                System.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        patience = END_PATIENCE
        while self._living and patience > 0:
            for pid in list(self._living):
                try:
                    if System.waitpid(pid, os.WNOHANG)[0]:
                        del self._living[pid]
                    else:
                        # It is repeated: the first kill may be the call that failed.
                        System.kill(pid, signal.SIGKILL)
                except ChildProcessError:
                    self._living.pop(pid, None)
                except OSError:
                    pass
            if self._living:
                self._guard(doze, 2)
                patience -= 2


def doze(milliseconds: int) -> None:
    """Sleep, by a call that no patch of the program's has replaced (under fork, ``time.sleep`` may be a test's mock)."""
    System.poll().poll(milliseconds)


def read_cgroup(pid: int) -> bytes:
    try:
        with System.open_file(f"/proc/{pid}/cgroup", "rb") as file:
            return file.read(4096)
    except OSError:
        return b""
