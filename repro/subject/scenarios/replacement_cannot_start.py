"""A worker dies, and no other can be started in its place."""

from __future__ import annotations

import os
import resource
from typing import TYPE_CHECKING

from .. import events
from ..scenario import Scenario
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps


def leave_one_descriptor() -> None:
    """Let this process open one descriptor more, and no two: a pipe can't be had, a file for a moment can."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(name) for name in os.listdir("/dev/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(highest + 2, soft), hard))
    taken = []
    try:
        while True:
            taken.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        os.close(taken.pop())


class ReplacementCannotStart(Scenario):
    name = "replacement-cannot-start"
    title = "a worker dies, and no other can be started"
    dies = (
        "The worker with the third task, with status 1. The parent has come to its limit: here of descriptors, so that pipe(2) "
        "fails with EMFILE; a limit of processes (fork(2): EAGAIN) or of memory does the same."
    )
    sees = (
        "multiprocessing.Pool: nothing, ever, and terminate() hangs, too. concurrent.futures starts nobody: BrokenProcessPool, "
        "as always."
    )
    why = "The exception ends the thread that looks after the workers, and nobody looks after them any more."
    where = "Lib/multiprocessing/pool.py: Pool._handle_workers(), Pool._repopulate_pool()."
    instead = "A pool that goes on with the workers that it has."
    references = ("gh-66587",)
    tags = ("startup", "exit")
    status = 1
    script = Script(
        above="""
            def nap(x):
                time.sleep(0.5)  # so that each worker has one
                return os.getpid()

            def leave_one_descriptor():  # a file can be opened, a pipe can't
                hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
                resource.setrlimit(resource.RLIMIT_NOFILE, (max(map(int, os.listdir("/dev/fd"))) + 2, hard))
                taken = []
                try:
                    while True:
                        taken.append(os.open(os.devnull, os.O_RDONLY))
                except OSError:
                    os.close(taken.pop())
        """,
        fault="os._exit(1)",
        main="""
            with POOL(3) as pool:
                CALL(nap, [1, 2, 3])
                leave_one_descriptor()
                print(CALL(worker, [1, 2, 3]))
        """,
    )

    def fire(self) -> None:
        os._exit(1)

    def drive(self, steps: Steps) -> None:
        steps.warm_up()
        events.hold()  # two threads that record something at once would need two descriptors
        leave_one_descriptor()
        events.emit("limited", descriptors=resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        steps.call()
        steps.use_again()
        steps.close()


SCENARIO = ReplacementCannotStart()
