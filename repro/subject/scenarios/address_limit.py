"""A worker with a limit of its memory (``RLIMIT_AS``) is sent what does not fit."""

from __future__ import annotations

import multiprocessing
import os
import resource
from typing import TYPE_CHECKING, Any

from .. import events
from ..heavy import Heavy
from ..rendezvous import main_pid
from ..scenario import Scenario, UnsupportedError
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps

#: How much more memory than it has a worker may take, and the size of the argument, in bytes.
ROOM = 64 << 20
SIZE = 192 << 20


class Argument(Heavy):
    """The argument of the faulty task. worker: the pid of the one that it is going to be sent to."""

    size = SIZE
    worker = 0

    def __reduce__(self) -> Any:
        events.emit("fault", task=int(self), victim=self.worker)
        return super().__reduce__()


def limit() -> None:
    """Let this worker have so much more and no more; not the caller, where a pool works there."""
    if os.getpid() != main_pid():
        with open("/proc/self/statm") as file:
            taken = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + ROOM, resource.getrlimit(resource.RLIMIT_AS)[1]))


class AddressLimit(Scenario):
    name = "address-limit"
    title = "an argument does not fit into the worker's RLIMIT_AS"
    dies = (
        "The worker that is sent the third task, whose argument takes 192 MB, when 64 MB are left of its RLIMIT_AS: MemoryError, "
        "before there is a task that it could be the error of. Schedulers and ulimit -v set such limits."
    )
    sees = (
        "multiprocessing.Pool: nothing, ever, while one worker after the other starts, and ends. concurrent.futures: "
        "BrokenProcessPool for everything; on 3.9 and 3.10 shutdown then hangs."
    )
    why = (
        "The memory for a message is asked for before it is read. The worker's loop expects EOFError and OSError there, so that "
        "MemoryError ends the process. Pool's next worker reads the rest of that message as if it were messages, and ends, too."
    )
    where = (
        "Lib/multiprocessing/connection.py: Connection._recv(); pool.py: worker(), Pool._maintain_pool(); "
        "Lib/concurrent/futures/process.py: _process_worker(). No issue was found for it but gh-94777, the hang of shutdown."
    )
    instead = (
        "Send the name of a file instead; or a pool whose workers share no pipe, and which says which argument it was."
    )
    references = ("gh-66587", "gh-94777")
    tags = ("pickle",)
    kills = False
    needs = ("initializer",)
    workers = 1  # so that it is known which of them gets the argument
    _worker = 0
    script = Script(
        above="""
            def limit():
                taken = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
                resource.setrlimit(resource.RLIMIT_AS, (taken + 2**26, resource.getrlimit(resource.RLIMIT_AS)[1]))
        """,
        worker="""
            def worker(x):
                return len(x)
        """,
        items='[b"1", b"2", bytes(3 * 2**26)]',
        options="initializer=limit",
    )

    def before_open(self) -> None:
        if not os.path.exists("/proc/self/statm"):
            raise UnsupportedError(
                "how much memory a process has taken can't be seen here: there is no /proc/self/statm"
            )

    def options(self) -> dict[str, Any]:
        return {"initializer": limit}

    def argument(self, number: int) -> Any:
        if number != self.faulty:
            return number
        argument = Argument(number)
        argument.worker = self._worker
        return argument

    def work(self, number: int) -> int:
        return number

    def drive(self, steps: Steps) -> None:
        (self._worker,) = steps.warm_up()
        steps.call()
        steps.use_again()
        multiprocessing.active_children()  # reaps those that have ended, before the pool's end does: such a death is evidence
        steps.close()


SCENARIO = AddressLimit()
