"""Process pools that never hang on a dead worker.

``Pool`` and ``ProcessPoolExecutor`` take the places of the standard ones. When a worker dies, only the task that it
had in hand fails, with a :class:`WorkerDied` that says which task, how and why; everything else goes on.

A pool has a *parent* (the process that made it), *workers*, and between them a *template*: a small process without
threads that forks or starts the workers and reaps them, and never runs a task. The rooms, from what users hold to what
runs in another process; each room's own docstring names its modules:

==============  ======================================  ==================================================
``interfaces``  what do users call, and what do they    the parent, mostly in callers' threads
                get back?
``engine``      who waits for everything, and acts?     the parent, mostly in the engine's thread
``core``        who gets which task, and what did a     nowhere: pure decisions, called by the engine
                death do?
``protocol``    what do both sides agree on?            both sides
``worker``      how do workers come to be, run tasks    the template and its workers
                and answer?
``contract``    what do engine and interfaces promise   both of these
                each other?
``errors``      which classes are raised?               the parent
``postmortem``  why did a worker die, and which         the parent, the engine's thread
                sentence says so?
``describe``    what is a call in words?                the parent
==============  ======================================  ==================================================

The names below are imported when they are first used, since workers and the template need none of them. A signal handler should
not be the first to use one: in the middle of that import, which it may have interrupted, it gets an ImportError that says so.
But the system's calls are held from now on (``protocol.originals``): a test's mock may be in place when the first pool is made.
"""

import sys
from typing import TYPE_CHECKING, Any, List, Tuple

from ._version import __version__
from .protocol import originals as _originals  # noqa: F401

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
    from .interfaces.executor import ProcessPoolExecutor
    from .interfaces.pool import Pool
    from .interfaces.results import AsyncResult

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
    "AsyncResult": "interfaces.results",
    "Pool": "interfaces.pool",
    "ProcessPoolExecutor": "interfaces.executor",
    "WorkerInfo": "engine",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'safepool' has no attribute {name!r}")
    home = __name__ + "." + _HOMES.get(name, "errors")
    try:
        __import__(home)
        value = getattr(sys.modules[home], name)
    except (ImportError, AttributeError) as error:
        if not any(map(_is_half, list(sys.modules.items()))):
            raise
        raise ImportError(
            f"safepool.{name} is not there yet: this code (a signal handler, a __del__) interrupted its import, further down in "
            f"this thread. Import it before a handler may need it: `from safepool import {name}`",
            name=home,
        ) from error
    globals()[name] = value
    return value


def _is_half(item: Tuple[str, Any]) -> bool:
    """Is this one of our modules, and in the middle of its import?"""
    return item[0].startswith(__name__ + ".") and getattr(getattr(item[1], "__spec__", None), "_initializing", False)


def __dir__() -> List[str]:
    return sorted(set(globals()) | set(__all__))
