"""The pool is terminated while the generator that feeds it blocks."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Iterator

from .. import events
from ..scenario import Scenario, UnsupportedError, one_by_one
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps


class TerminateGeneratorBlocks(Scenario):
    name = "terminate-generator-blocks"
    title = "terminate() while the generator given to imap blocks"
    dies = "Nothing. The generator waits for something outside (a socket, a queue, a user), and the pool is to be terminated."
    sees = "multiprocessing.Pool: every result so far; then terminate(), and with it the end of the with block, never returns."
    why = (
        "imap takes its inputs in the thread that sends tasks, which can't see that it is to end while it is in the generator. "
        "terminate() waits for a lock that an idle worker has until that thread sends something, and would then join the thread."
    )
    where = (
        "Lib/multiprocessing/pool.py: Pool._help_stuff_finish(), Pool._terminate_pool(), Pool._handle_tasks(). gh-78178 and "
        "gh-96995 are other ways to that wait."
    )
    instead = "A generator that ends when it is told to, before the pool is terminated."
    references = ("gh-78178", "gh-96995")
    tags = ("shutdown",)
    inputs = (1, 2, 3)  # what the generator gives before it blocks
    faulty = None
    kills = False
    needs = ("terminate",)
    operation = "imap"
    script = Script(
        above="""
            def numbers():
                yield from [1, 2, 3]
                time.sleep(3600)  # what would come next is not there yet
        """,
        main="""
            with POOL(3) as pool:
                results = EACH(worker, numbers())
                print([next(results) for _ in range(3)], flush=True)
            print("the with block was left")
        """,
        well="It prints three results, and goes on after the with block.",
        last="the with block was left",
    )

    def work(self, number: int) -> int:
        return number

    def drive(self, steps: Steps) -> None:
        if not hasattr(steps.pool, "imap"):
            raise UnsupportedError("this pool has no imap: it takes all inputs in the caller, before it begins")
        blocks = threading.Event()

        def numbers() -> Iterator[int]:
            yield from self.inputs
            events.emit("fault")
            blocks.set()
            threading.Event().wait()

        events.emit("phase", phase="call")
        results = one_by_one(steps.pool, steps.operation, self.function(), numbers(), self.inputs)
        steps.attempt(lambda: results)
        blocks.wait(5.0)
        steps.close()


SCENARIO = TerminateGeneratorBlocks()
