"""The system's own calls, where gevent, or a test's mock, has put others into their places.

``gevent.monkey.patch_all()`` lets the other greenlets run while one waits: ``select.poll`` runs its hub, and ``os.fork`` has
the hub reap the child. In the parent that is as it should be: a pool waits as the rest of such a program does. But under fork,
template and workers are copies of it, with copies of all its greenlets. A template that waits by gevent's ``poll`` runs them:
the program's own accept loop, say, runs a second time; and gevent's hub reaps the workers, so that nobody can tell how they
ended. The standard pool's idle worker waits in ``read(2)``, which nothing replaces. So what waits, forks and reaps in a
template, or waits in a worker's loop, asks here. What a task does is the program's affair.

Which process this is decides who may use a pool, and ends whoever is a stranger. Programs' tests replace ``os.getpid``
(``mock.patch("os.getpid", return_value=1)``), and ``os.write``, where their program writes files; so these are taken from the
module that ``os`` has them from.

Looked up at each call: under ``forkserver`` it is the template itself that imports the program's main module, and so the patch.
"""

import sys
from typing import Any

try:
    from posix import getpid, getppid, read, readv, write, writev
except ImportError:  # where this package can be imported, and no pool be made: on Windows, say
    from os import getpid, getppid, read, write

    readv: Any = None  # type: ignore[no-redef]
    writev: Any = None  # type: ignore[no-redef]

__all__ = ["forked", "getpid", "getppid", "original", "read", "readv", "write", "writev"]


def original(module: str, name: str) -> Any:
    """``module.name``, a function of the standard library, as it was before gevent replaced it; as it is, if gevent did not."""
    monkey = sys.modules.get("gevent.monkey")
    if monkey is not None:
        try:
            return monkey.get_original(module, name)
        except Exception:
            pass  # imported, or to be imported, by half
    return getattr(sys.modules[module], name)


def forked() -> None:
    """In a child of the original ``os.fork``: what the program's own does there, where gevent has replaced it."""
    import os

    gevent = sys.modules.get("gevent")
    if gevent is not None and os.fork is not original("os", "fork"):
        gevent.reinit()
