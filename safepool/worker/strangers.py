"""A task forked, and its child came back to the worker's loop: how does that process end?

Such a child is a copy of the worker in the middle of a task. It has the worker's pipes and shared memory, and believes to be the
worker. If it went on, two processes would answer one message and write to one journal: callers would get each
other's results. So it is a *stranger*: from its birth on it can store nothing in the slot (``Server.disown_forks``: the
views are released, each store raises ValueError), it never writes to the pipe, and it ends as soon as it is back:

==============================================  ==========================================================
the function returned                           exit status 0
the function raised SystemExit                  the status that this means
the function raised anything else               the traceback on its standard error, exit status 1
==============================================  ==========================================================

It ends as a ``multiprocessing`` child does under fork: standard streams are flushed, then ``os._exit``. What the worker has
registered to be done at *its* end (``atexit``, ``Finalize``) is not done twice.

A child that never comes back is none of our business: ``multiprocessing.Process`` started by a task, ``os.execv``, a pool in a
task. They notice nothing.
"""

import os
import sys
from typing import NoReturn, Optional

from ..protocol.originals import System, getpid
from .failures import describe, safe_repr


def end(code: int) -> NoReturn:
    """End this process, as a child of ``multiprocessing`` ends: by what the program has put into the place of ``os._exit``, if it
    has; coverage saves its data there. Where that raises, or returns (a test's mock), it ends all the same."""
    try:
        os._exit(code)
    finally:
        System.exit_now(code)


def leave(error: Optional[BaseException]) -> NoReturn:
    """End this process. ``error`` is what the function raised, None if it returned."""
    code = 1
    try:
        if error is None:
            code = 0
        elif not isinstance(error, SystemExit):
            sys.stderr.write(describe(error))
        elif error.code is None:
            code = 0
        elif isinstance(error.code, int):
            code = error.code & 0xFF
        else:
            sys.stderr.write(safe_repr(error.code) if not isinstance(error.code, str) else error.code)
            sys.stderr.write("\n")
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except BaseException:
                pass
        end(code)


def leave_if_stranger(worker_pid: int, error: Optional[BaseException] = None) -> None:
    """Return in the worker; :func:`leave` in a fork of it. Without an ``error``, that which is being handled counts."""
    if getpid() != worker_pid:
        leave(error or sys.exc_info()[1])


def raised_here(error: BaseException) -> bool:
    """Was it raised by the very frame that caught it? So it is with a store to a view that has been released."""
    trace = error.__traceback__
    return type(error) is ValueError and (trace is None or trace.tb_next is None)
