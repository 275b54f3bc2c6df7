"""The system's own calls, where a test's mock, a fake file system, or gevent has put others into their places.

**Mocks.** The tests of programs replace what their program calls: ``mock.patch("os.kill")``, ``mock.patch("builtins.open")``,
``mock.patch("select.poll")``; and pyfakefs looks for ``os``, and for functions of that, in the namespaces of all modules. A pool
that called those would hang, kill nobody, or believe that all its workers are dead. The standard pool calls few of them, so it
goes on. Hence a rule, for each room of this package:

- What a pool asks of the system for itself, it asks by :class:`System`: whatever ``os``, ``select``, ``signal``, ``socket``,
  ``fcntl``, ``mmap`` and ``resource`` do, and ``open``. The time is asked of ``clock``. Which process or thread this is, of
  ``getpid`` and ``getppid`` here, and of ``_thread.get_ident``.
- From these modules themselves come constants, types in annotations, and what only computes (``os.fsencode``,
  ``os.path.dirname``): nobody replaces that.
- What is the program's is asked where the program has it: how many workers there shall be (``os.cpu_count``), and what
  a worker does at its end (``os._exit``, which coverage replaces to save its data). So is what multiprocessing does for us:
  there a mock reaches the standard pool as well.

A test of the house holds the rule (``tests/house/test_what_is_asked_of_the_system.py``).

**gevent.** ``gevent.monkey.patch_all()`` lets the other greenlets run while one waits: ``select.poll`` runs its hub, and
``os.fork`` has the hub reap the child. In the parent that is as it should be: a pool waits as the rest of such a program does,
and asks for :func:`cooperative` calls. But under fork, template and workers are copies of it, with copies of all its greenlets. A
template that waits by gevent's ``poll`` runs them: the program's own accept loop, say, runs a second time; and gevent's hub reaps
the workers, so that nobody can tell how they ended. The standard pool's idle worker waits in ``read(2)``, which nothing
replaces. So template and workers ask :class:`System`. What a task does is the program's affair. Descriptors are
closed as the program closes them, in each of these processes: gevent has to know of it, where a greenlet waits for one.
"""

import errno
import io
import sys
from typing import Any, Callable, NoReturn

try:
    from posix import getpid, getppid
except ImportError:  # where this package can be imported, and no pool be made: on Windows, say
    from os import getpid, getppid

__all__ = ["System", "cooperative", "forked", "getpid", "getppid"]


def _held(module: str, name: str, *instead: Any) -> Any:
    """``module.name``, as it is now; if gevent has been there before, as it was. Where there is none, ``instead`` of it, or a
    function that says so."""
    monkey = sys.modules.get("gevent.monkey")
    try:
        if monkey is not None:
            return monkey.get_original(module, name)
    except Exception:
        pass  # imported by half; or gevent does not know it
    try:
        return getattr(__import__(module), name)
    except (ImportError, AttributeError):
        if instead:
            return instead[0]

        def absent(*_: Any) -> Any:
            raise OSError(errno.ENOSYS, f"this system, or this Python, has no {name}")

        return absent


class System:
    """Functions, each under the name that it has in the standard library.

    They come from the modules of C that ``os``, ``signal`` and ``socket`` have theirs from, where nobody replaces them. They
    give plain numbers, no enums, so ``SIG_IGN`` is here as well. Where there is none on this system, or in this Python, calling
    it raises OSError (ENOSYS).

    They are in the namespace of a class, since searches go through the namespaces of modules.
    """

    # files and descriptors
    close = _held("posix", "close")
    dup = _held("posix", "dup")
    fcntl = _held("fcntl", "fcntl")
    fstat = _held("posix", "fstat")
    ftruncate = _held("posix", "ftruncate")
    memfd_create = _held("posix", "memfd_create")
    open = _held("posix", "open")
    open_file = io.open
    pipe = _held("posix", "pipe")
    posix_fallocate = _held("posix", "posix_fallocate")
    preadv = _held("posix", "preadv")
    read = _held("posix", "read")
    readv = _held("posix", "readv")
    set_blocking = _held("posix", "set_blocking")
    set_inheritable = _held("posix", "set_inheritable")
    stat = _held("posix", "stat")
    unlink = _held("posix", "unlink")
    write = _held("posix", "write")
    writev = _held("posix", "writev")

    # waiting
    epoll = _held("select", "epoll", None)
    poll = _held("select", "poll")

    # sockets
    Socket = _held("_socket", "socket")
    socketpair = _held("_socket", "socketpair")

    # memory and limits
    getrlimit = _held("resource", "getrlimit")
    mmap = _held("mmap", "mmap")
    setrlimit = _held("resource", "setrlimit")

    # processes
    cpu_count = _held("posix", "cpu_count")
    exit_now: Callable[[int], NoReturn] = _held("posix", "_exit")
    fork = _held("posix", "fork")
    kill = _held("posix", "kill")
    pidfd_open = _held("posix", "pidfd_open")
    register_at_fork = _held("posix", "register_at_fork")
    sched_getaffinity = _held("posix", "sched_getaffinity")
    sched_yield = _held("posix", "sched_yield")
    sysconf = _held("posix", "sysconf")
    wait4 = _held("posix", "wait4")
    waitid = _held("posix", "waitid")
    waitpid = _held("posix", "waitpid")

    # signals
    default_int_handler = _held("_signal", "default_int_handler")
    getitimer = _held("_signal", "getitimer")
    getsignal = _held("_signal", "getsignal")
    pidfd_send_signal = _held("_signal", "pidfd_send_signal")
    pthread_sigmask = _held("_signal", "pthread_sigmask")
    set_wakeup_fd = _held("_signal", "set_wakeup_fd")
    signal = _held("_signal", "signal")
    valid_signals = _held("_signal", "valid_signals")
    SIG_IGN = _held("_signal", "SIG_IGN")


def _is_replaced(module: str) -> bool:
    """Has gevent put its own functions into this module of the standard library?"""
    monkey = sys.modules.get("gevent.monkey")
    try:
        return monkey is not None and bool(monkey.is_module_patched(module))
    except Exception:
        return False  # imported, or to be imported, by half


def cooperative(module: str, name: str) -> Any:
    """``module.name`` as the program has it: gevent's, where that has replaced the module's; else the system's.

    For the parent, and to close descriptors. None for what gevent takes away (``select.epoll``).
    """
    if _is_replaced(module):
        return getattr(sys.modules[module], name, None)
    return getattr(System, name)


def forked() -> None:
    """In a child of the system's ``fork``: what the program's own does there, where gevent has replaced it."""
    gevent = sys.modules.get("gevent")
    if gevent is not None and _is_replaced("os"):
        gevent.reinit()
