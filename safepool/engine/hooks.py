"""What happens to pools when the interpreter ends, and in forks of the parent.

A fork of the parent is a stranger to its pools. No lock of ours is taken in a hook: a thread that makes a pool while
another one forks would wait for a lock that the forking thread holds, and the other way round. Instead an engine is
in ``engines`` before it has a descriptor, and each descriptor is in its books right after it is made, so that the
child finds and closes it.
"""

import _thread
import atexit
import contextlib
import sys
import threading
from threading import main_thread
from typing import TYPE_CHECKING, Any, Iterator, Set

from ..worker import at_fork

if TYPE_CHECKING:
    from .engine import Engine

#: Changed and copied in single steps by any thread: no WeakSet, which is copied item by item.
engines: Set[Any] = set()
#: Taken, for a moment at most, while a pool is made: another pool's template, forked meanwhile, would keep its pipes.
making = threading.RLock()
MOMENT = 1.0  # seconds
_exiting = False


def register(engine: "Engine") -> None:
    """Look after this engine from now on, until it is discarded from ``engines``."""
    engines.add(engine)


def exiting() -> bool:
    """Has the interpreter begun to end?"""
    # Before 3.9 nothing tells us before the hooks of atexit, ours being one of many.
    return _exiting or (sys.version_info < (3, 9) and not main_thread().is_alive())


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Pools are made one after the other; but nobody waits for long: who makes the other one may wait for a lock of ours."""
    mine = making.acquire(timeout=MOMENT)
    try:
        yield
    finally:
        if mine:
            making.release()


def forget_all() -> None:
    """In a fork of the parent, as one of its hooks; and in a template, which calls no hooks."""
    global making
    making = threading.RLock()
    for engine in list(engines):
        if engine.forking != _thread.get_ident():  # else this is its template, which has a clean-up of its own
            engine.forget()
    engines.clear()


def _finish_executors() -> None:
    """Executors finish their work before the interpreter ends, as the standard one does."""
    global _exiting
    _exiting = True
    found = [engine for engine in list(engines) if engine.kind == "executor"]
    for engine in found:
        engine.close()
    for engine in found:
        engine.join()


def _terminate_pools() -> None:
    """Pools that nobody closed are terminated, as the standard one is."""
    for engine in list(engines):
        engine.terminate("the interpreter exits")
    for engine in list(engines):
        engine.join(5)


at_fork.find()
# Before a hook of the program, which may be older than this module, uses a pool of its parent's there.
at_fork.call_first_in_child(forget_all)
atexit.register(_terminate_pools)
if hasattr(threading, "_register_atexit"):
    try:
        threading._register_atexit(_finish_executors)
    except RuntimeError:
        # A thread is the first to import us, and the main thread has ended. So late there are pools, and no executors.
        _exiting = True
else:
    atexit.register(_finish_executors)
