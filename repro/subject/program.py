"""The program of one cell: open the pool, make the call, use the pool again, close it. Every step leaves an event.

Only ``Exception`` is caught, as in a user's program: what goes past that (``SystemExit``, ``KeyboardInterrupt``) ends this
process as it would end theirs.
"""

from __future__ import annotations

import multiprocessing
import platform
import sys
import time
from typing import Any

from . import autopsy, cell, events, exits, loading, stacks, task
from .adapter import Adapter

#: The inputs of the call that asks whether the pool still works.
REUSE_INPUTS = (101, 102)


def main() -> None:
    here = cell.current()
    exits.install()
    stacks.register()
    if "forkserver" in multiprocessing.get_all_start_methods():
        multiprocessing.set_forkserver_preload([__package__ + ".forkserver_preload"])
    adapter = loading.pool(here.pool_file)
    scenario = loading.scenario(here.scenario_file)
    events.emit("begin", python=platform.python_version(), pool_version=adapter.version())

    events.emit("phase", phase="open")
    pool = adapter.open(here.workers, here.start_method)
    autopsy.prepare(lambda: use_again(adapter, pool), lambda: adapter.close(pool))

    events.emit("phase", phase="call")
    call(adapter, pool, scenario.inputs)

    events.emit("phase", phase="reuse")
    use_again(adapter, pool)

    events.emit("phase", phase="end")
    adapter.close(pool)
    events.emit("phase", phase="exit")
    events.emit("end")  # the positive end marker: without it, no cell has ended well


def call(adapter: Adapter, pool: Any, inputs: Any) -> None:
    """The call under test."""
    operation = cell.current().operation

    def notice(error: BaseException) -> None:
        events.emit("noticed", error=type(error).__name__)

    try:
        for outcome in adapter.run(pool, operation, task.worker, inputs, notice):
            now = time.monotonic_ns()
            if outcome.error is None:
                events.emit("delivered", t=now, task=outcome.task, value=outcome.value)
            else:
                events.emit("failed", t=now, task=outcome.task, error=events.describe(outcome.error))
    except Exception as error:
        events.emit("raised", t=time.monotonic_ns(), error=events.describe(error))
    except BaseException as error:
        events.emit("leaving", t=time.monotonic_ns(), error=events.describe(error))
        raise
    else:
        events.emit("returned")


def use_again(adapter: Adapter, pool: Any) -> None:
    """Is the pool still usable? Two tasks without a fault."""
    try:
        outcomes = list(adapter.run(pool, adapter.operations[0], task.plain, REUSE_INPUTS, lambda error: None))
    except Exception as error:
        events.emit("reused", ok=False, error=events.describe(error))
    else:
        events.emit("reused", ok=[outcome.value for outcome in outcomes] == list(REUSE_INPUTS))


if __name__ == "__main__":
    main()
    sys.stdout.flush()
