"""Records on the template's socket, 24 bytes each: operation, worker number, three numbers. Some are followed by a text.

From the parent:

=========  ======================================================================================================
LAUNCH     worker, slot, ordinal. With the descriptors of the worker's pipes (tasks, results). ``ordinal`` is the last part of
           the worker's ``_identity``. May be repeated: a worker that was launched is not launched again, only reported.
SIGNAL     worker, pid, signal. May be repeated, and is not answered: that a worker is dead is seen, not said.
STATUS     worker. Answered by ALIVE, DIED or STRANGER. May be repeated.
PING       number. Answered by PONG with the same number.
=========  ======================================================================================================

To the parent:

=========  ======================================================================================================
LAUNCHED   worker, pid
FAILED     worker, errno: that worker could not be launched, and is not going to be
DIED       worker, pid, status as ``waitpid`` gives it (or NO_STATUS: somebody else has reaped it), peak resident memory in KiB
ALIVE      worker, pid
STRANGER   worker: this template never launched it, or so long ago that it has forgotten
PONG       number
BROKEN     text: the template could not prepare itself, and ends
CGROUP     worker, text: the ``/proc/PID/cgroup`` of a worker that a signal has killed; its DIED follows
TROUBLE    text: a step failed in a way that nobody foresaw, and the template goes on. For the log.
=========  ======================================================================================================

Neither side may rely on a record: the socket may be full, a process may be stopped, and an answer may be lost with the
one who had it. So both ask again until they see what they asked for.
"""

import socket
import struct
from array import array
from typing import Any, List, Tuple

from .originals import cooperative

RECORD = struct.Struct("<iiiiq")
LAUNCH, SIGNAL, LAUNCHED, FAILED, DIED, BROKEN, CGROUP, STATUS, ALIVE, STRANGER, PING, PONG, TROUBLE = range(1, 14)
#: After these follow as many bytes of text as their first number says.
WITH_TEXT = frozenset((BROKEN, CGROUP, TROUBLE))
#: In DIED: it is dead, and nobody knows how it died.
NO_STATUS = -1


class Incoming:
    """The records that arrive on a socket, one at a time, each with the descriptors that were sent with it.

    A record may come in pieces, and the call that would bring the next piece may fail: what has come is kept here.
    """

    def __init__(self, control: Any) -> None:
        self.control = control
        self._data = b""
        self._fds: List[int] = []

    def next(self) -> Tuple[bytes, List[int]]:
        """One whole record and its descriptors, which are the caller's from now on.

        Raises BlockingIOError if none is here (as a whole), EOFError if none will ever come, and OSError if the system
        cannot tell just now; then the next call goes on where this one was.
        """
        while len(self._data) < RECORD.size:
            # Never more than the rest of this record: the next one may bring descriptors, which would be taken for ours.
            chunk, ancillary, _flags, _address = self.control.recvmsg(
                RECORD.size - len(self._data), socket.CMSG_SPACE(2 * 4), socket.MSG_DONTWAIT
            )
            for level, kind, content in ancillary:
                if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                    fds = array("i")
                    # If this process has no descriptors left, the kernel gives fewer than were sent, or none.
                    fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
                    self._fds += fds
            if not chunk:
                raise EOFError
            self._data += chunk
        data, fds_here = self._data, self._fds
        self._data, self._fds = b"", []
        return data, fds_here

    def close(self) -> None:
        """Close the descriptors of a record that never became whole."""
        fds, self._fds = self._fds, []
        for fd in fds:
            try:
                cooperative("os", "close")(fd)
            except OSError:
                pass
