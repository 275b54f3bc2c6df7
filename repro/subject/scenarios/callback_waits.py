"""A callback waits for another task of the same pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import cell, events, task
from ..rendezvous import await_files, say
from ..scenario import Scenario
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps


class CallbackWaits(Scenario):
    name = "callback-waits"
    title = "a callback waits for another task of the same pool"
    dies = "Nothing. The callback of the first result makes a call of the pool, and waits for what that returns."
    sees = (
        "Nothing, ever, with both standard pools; later calls wait as well. One of multiprocessing.Pool's threads computes for "
        "ever."
    )
    why = (
        "Callbacks run in the thread that receives the results. While one waits in that thread, the result that it waits for is "
        "not received. Pool's worker handler is awakened by results that nobody reads, again and again."
    )
    where = (
        "Lib/multiprocessing/pool.py: ApplyResult._set(), Pool._handle_results(); Lib/concurrent/futures/_base.py: "
        "Future.add_done_callback(), called by process.py: _ExecutorManagerThread. gh-87129 is terminate() there."
    )
    instead = "Start the next task in the callback, and wait for its result elsewhere."
    references = ("gh-87129",)
    tags = ("parent",)
    inputs = (1, 2, 3)
    faulty = None
    kills = False
    needs = ("callback",)
    _steps: Steps | None = None
    script = Script(
        worker="""
            def worker(x):
                time.sleep(0.5)
                return x
        """,
        above="""
            answers = queue.Queue()

            def callback(result):
                answers.put(CALL(abs, [-1]))
        """,
        main="""
            with POOL(3) as pool:
                started = START(worker, [1, 2, 3], callback)
                for _ in started:
                    print("a callback got", answers.get(), flush=True)
                print(ASK(started))
        """,
    )

    def work(self, number: int) -> int:
        # a future that is done already calls its callback at once, in the thread that attaches it
        await_files([cell.current().path("attached")], 5.0)
        return number

    def callback(self, result: Any) -> None:
        steps, self._steps = self._steps, None  # the first one waits; the others have nothing to do
        if steps is not None:
            events.emit("fault")
            run, operation = steps.adapter.run, steps.adapter.operations[0]
            answer = [one.value for one in run(steps.pool, operation, task.plain, [401], lambda error: None)]
            events.emit("callback-ended", answer=answer)

    def drive(self, steps: Steps) -> None:
        self._steps = steps
        started = steps.start(callbacks=True)
        say("attached")
        steps.collect(started)
        steps.use_again()
        steps.close()


SCENARIO = CallbackWaits()
