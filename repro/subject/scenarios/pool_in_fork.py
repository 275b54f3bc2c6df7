"""A forked child uses the pool of its parent."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from .. import cell, events, task
from ..adapter import Outcome
from ..scenario import Scenario
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps

#: The file in which the child leaves what its call came to.
ANSWER = "childs-answer"


class PoolInFork(Scenario):
    name = "pool-in-fork"
    title = "a forked child uses its parent's pool"
    dies = "Nothing. A process that has used its pool forks, and the child makes a call of the pool, which it has a copy of."
    sees = (
        "The child: nothing, ever, with both standard pools, nor does the parent, which waits for it. From 3.9 on, an executor "
        "with forkserver raises ChildProcessError there, when it would start one more worker. The parent's own calls work."
    )
    why = (
        "fork copies the pool and not its threads: the child's task is put into a queue that nobody takes it from. Web servers "
        "that fork their workers after the application was loaded do this, and tests that run in forked processes."
    )
    where = (
        "Doc/library/os.rst: fork(); Lib/multiprocessing/pool.py: Pool._task_handler; Lib/concurrent/futures/process.py: "
        "_ExecutorManagerThread. No issue was found for it."
    )
    instead = (
        "Make the pool in the process that uses it, after the fork; os.register_at_fork() can throw away the copy."
    )
    tags = ("parent",)
    inputs = (1, 2, 3)
    faulty = None
    kills = False
    script = Script(
        main="""
            with POOL(3) as pool:
                print(CALL(worker, [1, 2, 3]), flush=True)
                child = os.fork()
                if child == 0:
                    try:
                        print("in the child:", CALL(worker, [1, 2, 3]), flush=True)
                        os._exit(0)
                    except BaseException:
                        traceback.print_exc()
                        os._exit(1)
                assert os.waitpid(child, 0)[1] == 0, "the child's call failed"
        """
    )

    def work(self, number: int) -> int:
        return number

    def drive(self, steps: Steps) -> None:
        events.emit("phase", phase="warm-up")
        list(steps.adapter.run(steps.pool, steps.adapter.operations[0], task.plain, [201], lambda error: None))
        events.emit("phase", phase="call")
        child = os.fork()
        if not child:
            self._in_child(steps)
        events.emit("fault")
        _, status = os.waitpid(child, 0)
        answer = self._answer(status)
        if "error" in answer:
            events.emit("raised", error=answer["error"])
        else:
            steps.attempt(lambda: [Outcome(number, value) for number, value in answer["values"]])
        steps.use_again()
        steps.close()

    def _in_child(self, steps: Steps) -> None:
        """Make the call, leave what it came to in a file, and end without a word to what belongs to the parent."""
        answer: dict[str, Any] = {"values": []}
        try:
            events.emit("in-child")
            for one in steps.adapter.run(steps.pool, steps.operation, self.function(), self.inputs, lambda error: None):
                if one.error is not None:
                    raise one.error
                answer["values"].append((one.task, one.value))
        except BaseException as error:
            answer = {"error": events.describe(error)}
        finally:
            with open(cell.current().path(ANSWER), "w") as file:
                json.dump(answer, file)
            os._exit(0)

    def _answer(self, status: int) -> dict[str, Any]:
        try:
            with open(cell.current().path(ANSWER)) as file:
                answer: dict[str, Any] = json.load(file)
        except OSError:
            return {"error": events.describe(ChildProcessError(f"the child ended with wait status {status}"))}
        return answer


SCENARIO = PoolInFork()
