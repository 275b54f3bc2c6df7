"""The list of inputs is emptied while the call runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterator

from .. import cell, events
from ..adapter import Outcome
from ..heavy import heavy
from ..rendezvous import await_files, await_started, say
from ..scenario import Scenario, UnsupportedError
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps

#: The size of every argument, in bytes: more than a pipe holds, so that not all are sent at once.
SIZE = 1 << 20


class ListChanged(Scenario):
    name = "list-changed"
    title = "the list given to map_async is emptied while the call runs"
    dies = "Nothing. The caller fills its list anew, for the next call, when map_async has returned and its tasks run."
    sees = "multiprocessing.Pool: nothing, ever. concurrent.futures: every result."
    why = (
        "map_async asks a list for its length, and keeps the list itself: its items are taken one by one, when there is room "
        "for them in the pipe. An item that is gone by then is never sent, and the result waits for as many as there were. "
        "Items that were replaced give results of the new ones. An executor's map copies them before it returns."
    )
    where = "Lib/multiprocessing/pool.py: Pool._map_async(), Pool._get_tasks(). No issue was found for it."
    instead = "A list of its own for every call; map_async(function, list(items))."
    tags = ("parent",)
    faulty = None
    kills = False
    operation = "map"
    script = Script(
        worker="""
            def worker(x):
                time.sleep(0.5)
                return x[0]
        """,
        main="""
            items = [bytes([x]) * 2**20 for x in range(1, 9)]
            with POOL(3) as pool:
                mapped = MAP(worker, items)
                time.sleep(0.2)
                items.clear()
                print(LIST(mapped))
        """,
        last="[[]1, 2, 3, 4, 5, 6, 7, 8]",
    )

    def work(self, number: int) -> int:
        await_files([cell.current().path("changed")], 10.0)
        return number

    def drive(self, steps: Steps) -> None:
        call = getattr(steps.pool, "map_async", None) or getattr(steps.pool, "map", None)
        if call is None:
            raise UnsupportedError("this pool has no map_async, nor a map that returns before its results are there")
        events.emit("phase", phase="start")
        items = [heavy(number, SIZE) for number in self.inputs]
        started = call(self.function(), items)
        await_started(self.inputs[: self.pool_size()])
        items.clear()
        events.emit("fault")
        say("changed")
        events.emit("phase", phase="call")
        steps.attempt(lambda: self._collect(started))
        steps.use_again()
        steps.close()

    def _collect(self, started: Any) -> Iterator[Outcome]:
        for name in ("get", "result"):  # an AsyncResult; pebble's future of an iterator; else an iterator by itself
            if hasattr(started, name):
                started = getattr(started, name)()
        for number, value in zip(self.inputs, started):
            yield Outcome(number, value)


SCENARIO = ListChanged()
