"""A worker is killed in the middle of sending a large result."""

from __future__ import annotations

import os
import signal
import threading
import time

from .. import events
from ..heavy import heavy
from ..procfs import bytes_read_by
from ..rendezvous import await_true, main_pid, say
from ..scenario import WORK, Scenario
from ..script import Script

#: The result's size, and how much of it the parent has read when the worker is killed, in bytes.
SIZE = 200 << 20
ENOUGH = 4 << 20


def shoot(number: int, parent: int, before: int) -> None:
    """End this process when the parent is in the middle of its result."""
    if await_true(lambda: bytes_read_by(parent) - before > ENOUGH, 10.0):
        events.emit("fault", task=number)
        say("shot")
        os.kill(os.getpid(), signal.SIGKILL)


def sending_script(main: str) -> Script:
    """A program whose third task is killed in the middle of sending its result."""
    return Script(
        above="""
            def read_by(pid):
                return int(open("/proc/%d/io" % pid).readline().split()[1])

            def shoot(parent, before):
                while read_by(parent) < before + 2**22:  # it has read some of the result then
                    time.sleep(0.001)
                os.kill(os.getpid(), signal.SIGKILL)
        """,
        worker="""
            def worker(x):
                print(x, flush=True)
                if x == 3:
                    parent = int(os.environ["PARENT"])
                    threading.Thread(target=shoot, args=(parent, read_by(parent))).start()
                    return bytes(200 * 2**20)
                return bytes([x])
        """,
        prepare='os.environ["PARENT"] = str(os.getpid())',
        main=main,
        well="It prints the lengths of all results.",
    )


class KilledSendingResult(Scenario):
    name = "killed-sending-result"
    title = "a worker is killed while it sends 200 MB"
    dies = "The worker, by SIGKILL, when the parent has read some of its result of 200 MB."
    sees = "Nothing, ever, with both standard pools; later calls hang, and so do shutdown and the interpreter's exit."
    why = (
        "The message is half in the pipe. The parent reads it to the end, which never comes: end-of-file needs "
        "every copy of the writing end closed, and the parent and the other workers hold copies of their own."
    )
    where = "Lib/multiprocessing/connection.py: Connection._recv(). No issue was found for it."
    instead = (
        "A channel for each worker, whose writing end nobody else has; and after a death, read what is there, not "
        "until end-of-file."
    )
    tags = ("signal", "pickle")
    status = -signal.SIGKILL
    script = sending_script("""
            with POOL(3) as pool:
                print(list(map(len, CALL(worker, [1, 2, 3]))))
    """)

    def work(self, number: int) -> int:
        if number != self.faulty:
            time.sleep(WORK)
            return number
        self.await_neighbours()
        parent = main_pid()
        threading.Thread(target=shoot, args=(number, parent, bytes_read_by(parent)), daemon=True).start()
        return heavy(number, SIZE)


SCENARIO = KilledSendingResult()
