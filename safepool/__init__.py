"""Process pools that never hang on a dead worker.

``Pool`` and ``ProcessPoolExecutor`` take the places of the standard ones. When a worker dies, only the task that it
had in hand fails, with a :class:`WorkerDied` that says which task, how and why; everything else goes on.

The modules, from the inside out:

==============  ====================================================================================
``states``      what tasks, workers and the pool may be, and the moves between
``core``        the decisions: who is launched, what a death did; pure
``dealing``     a part of it: which worker gets which tasks
``slots``       shared memory: what each worker does now, and its journal of finished results
``wire``        frames on the pipes
``codec``       calls and results as bytes
``worker``      what a worker process does before and after it serves
``server``      the loop of a worker: read tasks, run them
``chunks``      a part of it: the items of a chunk
``spin``        looking for a message for a moment before sleeping
``outbox``      its answers: the journal, sending
``template``    the small process that launches workers, reaps them, and ends them with the parent
``launch``      the parent's side of the template, by start method
``engine``      the one thread that waits for everything (a package)
``helper``      the one thread that runs users' code: callbacks
``poller``      epoll or poll
``postmortem``  why did it die
``decode``      from entries to values and exceptions
``futures``     the executor's futures
``results``     AsyncResult and the results of map
``iterators``   the results of imap
``tasks``       from calls to tasks: pickling, chunks, feeding
``limits``      timeout, memory_limit, retries
``face``        what the two interfaces share
``pool``        ``Pool``
``executor``    ``ProcessPoolExecutor``
``errors``      every error
==============  ====================================================================================

The names below are imported when they are first used, since workers and the template need none of them.
"""

from typing import TYPE_CHECKING, Any, List

from ._version import __version__

if TYPE_CHECKING:
    from .engine import WorkerInfo
    from .errors import (
        MemoryLimitExceeded,
        PickleFailed,
        PoolBroken,
        TaskExited,
        TaskInterrupted,
        TaskTimeout,
        UnpickleFailed,
        WorkerDied,
    )
    from .executor import ProcessPoolExecutor
    from .pool import Pool
    from .results import AsyncResult

__all__ = [
    "AsyncResult",
    "MemoryLimitExceeded",
    "PickleFailed",
    "Pool",
    "PoolBroken",
    "ProcessPoolExecutor",
    "TaskExited",
    "TaskInterrupted",
    "TaskTimeout",
    "UnpickleFailed",
    "WorkerDied",
    "WorkerInfo",
    "__version__",
]

_HOMES = {
    "AsyncResult": "results",
    "Pool": "pool",
    "ProcessPoolExecutor": "executor",
    "WorkerInfo": "engine",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'safepool' has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module("." + _HOMES.get(name, "errors"), __name__), name)
    globals()[name] = value
    return value


def __dir__() -> List[str]:
    return sorted(set(globals()) | set(__all__))
