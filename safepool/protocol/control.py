"""Records on the template's socket, 24 bytes each: operation, worker number, three numbers.

From the parent: LAUNCH (with the descriptors of the worker's pipes), SIGNAL. To the parent: LAUNCHED (pid), FAILED (errno),
DIED (pid, status as ``waitpid`` gives it, peak resident memory in KiB), CGROUP (a text follows, the worker's
``/proc/PID/cgroup``), BROKEN (the template could not prepare itself; a traceback follows).
"""

import os
import socket
import struct
from array import array
from typing import List, Tuple

RECORD = struct.Struct("<iiiiq")
LAUNCH, SIGNAL, LAUNCHED, FAILED, DIED, BROKEN, CGROUP = range(1, 8)


def receive(control: socket.socket) -> Tuple[bytes, List[int]]:
    """One record and the descriptors that came with it; an empty one at the end."""
    data = b""
    fds = array("i")
    while len(data) < RECORD.size:
        chunk, ancillary, _flags, _address = control.recvmsg(
            RECORD.size - len(data), socket.CMSG_SPACE(2 * fds.itemsize)
        )
        for level, kind, content in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
        if not chunk:
            break
        data += chunk
    for fd in fds:
        os.set_inheritable(fd, False)
    return data, list(fds)
