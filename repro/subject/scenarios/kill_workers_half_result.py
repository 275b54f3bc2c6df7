"""``kill_workers()`` after half a result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import cell
from ..procfs import alive
from ..rendezvous import await_files, await_true, worker_of
from ..scenario import UnsupportedError
from .killed_sending_result import KilledSendingResult, sending_script

if TYPE_CHECKING:
    from ..program import Steps


class KillWorkersHalfResult(KilledSendingResult):
    name = "kill-workers-half-result"
    title = "kill_workers() when a worker died while it sent 200 MB"
    dies = "The worker, by SIGKILL, when the parent has read some of its result; then all others, by kill_workers()."
    sees = "concurrent.futures, from 3.14 on: kill_workers() returns, and the results never come. It does not end the hang."
    why = (
        "It ends the workers, and leaves the rest to the manager thread, which waits for the rest of a message: the parent "
        "itself holds a writing end of that pipe."
    )
    where = (
        "Lib/concurrent/futures/process.py: ProcessPoolExecutor.kill_workers() (gh-128041). No issue was found for it."
    )
    references = ("gh-128041",)
    tags = ("shutdown", "signal")
    needs = ("futures",)
    script = sending_script(
        """
            with POOL(3) as pool:
                started = START(worker, [1, 2, 3])
                time.sleep(1)  # the third task is dead then
                pool.kill_workers()
                print("the workers are killed", flush=True)
                print(list(map(len, ASK(started))))
        """
    )._replace(note="concurrent.futures has kill_workers() from Python 3.14 on.")

    def drive(self, steps: Steps) -> None:
        if not hasattr(steps.pool, "kill_workers"):
            raise UnsupportedError("this pool has no kill_workers(); concurrent.futures has it from Python 3.14 on")
        started = steps.start()
        await_files([cell.current().path("shot")], 10.0)
        await_true(lambda: not alive(worker_of(3)), 5.0)
        steps.pool.kill_workers()
        steps.collect_each(started)


SCENARIO = KillWorkersHalfResult()
