"""The generator that feeds a call uses the same pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from .. import events, task
from ..scenario import Scenario, one_by_one
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps


class GeneratorUsesPool(Scenario):
    name = "generator-uses-pool"
    title = "the generator given to imap uses the same pool"
    dies = "Nothing. Two stages of work share a pool: the generator of the second waits for results of the first."
    sees = "multiprocessing.Pool's imap and imap_unordered: nothing, ever. concurrent.futures: every result."
    why = (
        "imap takes its inputs in the thread that sends tasks. While the generator waits for the pool's answer in that thread, "
        "the task that it waits for is not sent. An executor's map takes all inputs in the caller, before it begins."
    )
    where = (
        "Lib/multiprocessing/pool.py: Pool._guarded_task_generation(), Pool._handle_tasks(). No issue was found for it."
    )
    instead = "Two pools, or the first stage's results as a list."
    tags = ("parent",)
    inputs = (1, 2, 3)
    faulty = None
    kills = False
    operation = "imap"
    script = Script(
        above="""
            def numbers():
                for x in [1, 2, 3]:
                    yield CALL(worker, [x])[0]
        """,
        main="""
            with POOL(3) as pool:
                for result in EACH(worker, numbers()):
                    print("result", result, flush=True)
        """,
        last="result 3",
    )

    def work(self, number: int) -> int:
        return number

    def drive(self, steps: Steps) -> None:
        events.emit("phase", phase="call")
        numbers = self._numbers(steps)
        results = one_by_one(steps.pool, steps.operation, self.function(), numbers, self.inputs)
        steps.attempt(lambda: results)
        steps.use_again()
        steps.close()

    def _numbers(self, steps: Steps) -> Iterator[int]:
        """Each input, when the pool has answered for it."""
        adapter = steps.adapter
        for number in self.inputs:
            events.emit("fault")
            for one in adapter.run(steps.pool, adapter.operations[0], task.plain, [number], lambda error: None):
                if one.error is not None:
                    raise one.error
                yield one.value


SCENARIO = GeneratorUsesPool()
