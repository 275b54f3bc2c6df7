"""A worker starts a ``multiprocessing.Process`` and is killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
from typing import Any

from .. import cell
from ..rendezvous import await_files, say
from ..scenario import Scenario
from ..script import Script


def stay() -> None:
    """The child: it is there until the program has ended."""
    say("child")
    await_files([cell.current().path("finished")], 60.0, every=0.2)


class NestedProcess(Scenario):
    name = "nested-process"
    title = "a worker starts a multiprocessing.Process and is killed"
    dies = "The worker, by SIGKILL. Its child lives on, with a copy of every pipe if it was forked."
    sees = (
        "multiprocessing.Pool refuses: daemonic processes are not allowed to have children. concurrent.futures with fork: "
        "nothing, ever."
    )
    why = "As for grandchild, without a fork of one's own: a library that uses multiprocessing inside a task will do."
    where = (
        "Lib/multiprocessing/process.py: BaseProcess.start(); Lib/concurrent/futures/process.py: "
        "wait_result_broken_or_wakeup(). No issue was found for it."
    )
    instead = "Ask the process, not a pipe: pidfd_open(2), waitid(2)."
    tags = ("signal",)
    kills = False  # a pool may refuse; its worker ends as it likes then
    script = Script(
        """
            multiprocessing.Process(target=time.sleep, args=(3600,)).start()
            os.kill(os.getpid(), signal.SIGKILL)
        """
    )

    def fire(self) -> None:
        context: Any = multiprocessing.get_context(cell.current().start_method or None)
        context.Process(target=stay).start()
        await_files([cell.current().path("child")], 5.0)
        os.kill(os.getpid(), signal.SIGKILL)


SCENARIO = NestedProcess()
