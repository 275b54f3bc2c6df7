"""What happens to pools when the interpreter ends, and in forks of the parent."""

import atexit
import os
import sys
import threading
import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .engine import Engine

engines: "weakref.WeakSet[Any]" = weakref.WeakSet()
#: Held while a pool is made whose descriptors no hook knows yet: a fork meanwhile would keep them for ever.
making = threading.RLock()
_exiting = False
_hooked = False


def prepare() -> None:
    """Before the first engine is made."""
    global _hooked
    if not _hooked:
        _hooked = True
        os.register_at_fork(
            before=lambda: making.acquire(), after_in_parent=lambda: making.release(), after_in_child=_forget
        )


def register(engine: "Engine") -> None:
    """Look after this engine from now on, until it is discarded from ``engines``."""
    engines.add(engine)


def exiting() -> bool:
    """Has the interpreter begun to end?"""
    # Before 3.9 nothing tells us before the hooks of atexit, ours being one of many.
    return _exiting or (sys.version_info < (3, 9) and not threading.main_thread().is_alive())


def _forget() -> None:
    global making
    making = threading.RLock()
    for engine in list(engines):
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


atexit.register(_terminate_pools)
if hasattr(threading, "_register_atexit"):
    threading._register_atexit(_finish_executors)
else:
    atexit.register(_finish_executors)
