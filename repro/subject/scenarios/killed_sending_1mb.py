"""A worker is killed while it sends a result of 1 MB."""

from __future__ import annotations

import os
import signal
import time

from .. import events
from ..heavy import heavy
from ..procfs import alive, stopped, threads_of, waits_in
from ..rendezvous import await_started, await_true, main_pid, worker_of
from ..scenario import WORK, Scenario
from ..script import Script

#: The result's size in bytes: more than a pipe holds (64 KiB, pipe(7)).
SIZE = 1 << 20


def is_sending(pid: int) -> bool:
    """Whether one of its threads sleeps in a write to a pipe or a socket that is full."""
    functions = [waits_in(thread) for thread in threads_of(pid)]
    return any("write" in function or "send" in function for function in functions)


class KilledSending1Mb(Scenario):
    name = "killed-sending-1mb"
    title = "a worker is killed while it sends 1 MB"
    dies = "The worker, by SIGKILL, when 64 KiB of its result are in the pipe. The parent is stopped meanwhile: it was busy."
    sees = "Nothing, ever, with both standard pools; later calls hang, and so do shutdown and the interpreter's exit."
    why = (
        "As for 200 MB. The size only says how long the moment lasts: whatever is larger than a pipe is sent in pieces, and "
        "a parent that is busy for a second makes the moment a second long."
    )
    where = "Lib/multiprocessing/connection.py: Connection._recv(). No issue was found for it."
    instead = (
        "A channel for each worker, whose writing end nobody else has; and after a death, read what is there, not "
        "until end-of-file."
    )
    tags = ("signal", "pickle")
    status = -signal.SIGKILL
    script = Script(
        above="""
            def shoot():
                time.sleep(0.5)  # half of the result is in the pipe then: the parent does not read
                os.kill(os.getpid(), signal.SIGKILL)
        """,
        worker="""
            def worker(x):
                print(x, flush=True)
                if x == 3:
                    time.sleep(1)  # the parent is busy then
                    threading.Thread(target=shoot).start()
                    return bytes(2**20)
                return bytes([x])
        """,
        main="""
            with POOL(3) as pool:
                started = START(worker, [1, 2, 3])
                time.sleep(0.5)
                ctypes.PyDLL(None).sleep(2)  # busy: it keeps the GIL
                print(list(map(len, ASK(started))))
        """,
        well="It prints the lengths of all results.",
        last="[[]1, 1, 1048576]",
    )

    def work(self, number: int) -> int:
        if number == 2:
            self._shoot()
        if number != self.faulty:
            time.sleep(WORK)
            return number
        self.await_neighbours()
        parent = main_pid()
        os.kill(parent, signal.SIGSTOP)
        await_true(lambda: stopped(parent), 2.0)  # or it reads some more, and the result may be through
        return heavy(number, SIZE)

    def _shoot(self) -> None:
        """Kill the neighbour when it can't go on sending, or has sent it all; and let the parent go on."""
        await_started([3])
        victim = worker_of(3)
        try:
            sending = await_true(lambda: is_sending(victim), 1.0)
            # it sleeps elsewhere: this pool's channel took the result whole, and there is nothing to be caught in
            if sending or waits_in(victim) not in ("", "0"):
                events.emit("fault", task=3, victim=victim, sending=sending)
                os.kill(victim, signal.SIGKILL)
                await_true(lambda: not alive(victim), 5.0)
        finally:
            os.kill(main_pid(), signal.SIGCONT)


SCENARIO = KilledSending1Mb()
