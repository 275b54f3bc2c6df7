"""What a worker process does before and after it serves: become a worker, initialise, report, end."""

import os
import signal
from typing import Any, List, Tuple

from ..protocol import codec, words
from ..protocol.originals import System, getpid
from ..protocol.slots import Slot
from .channel import Channel
from .failures import describe, safe_repr
from .loop import Server
from .strangers import leave_if_stranger


def serve(channel: Channel, slot: Slot, setup: Any, mask: List[int]) -> None:
    """The life of a worker: initialise, report, serve. ``setup`` is (initializer, initargs), or None if it comes
    through the pipe, pickled. ``mask`` are the numbers of the signals that are blocked from the initializer on.

    SIGINT has been blocked since before this process was (engine.launcher.signals_blocked), and is until it has its handler
    here. An initializer is interrupted as a task is.
    """
    server, me = Server(channel, slot), getpid()
    try:
        try:
            if setup is None:
                message = channel.read(lambda: None)
                if message is None:
                    return
                setup = codec.loads(message[2][0]) if message[2] else (None, ())
            initializer, initargs = setup
            if initializer is not None:
                System.pthread_sigmask(signal.SIG_SETMASK, mask)
                initializer(*initargs)
        finally:
            leave_if_stranger(me)
        server.interrupts.install()
    except BaseException as error:
        channel.send(words.START_FAILED, (safe_repr(error), describe(error)))
        # Not the return value of sys.exit(): a worker that failed to start did not end well.
        raise SystemExit(1) from None
    del setup
    if initializer is None:  # else it ran with the mask, and may have changed it
        System.pthread_sigmask(signal.SIG_SETMASK, mask)
    channel.send(words.READY, server.pid)
    server.run()


def begin(
    worker_id: int,
    parent: Tuple[int, str, str],
    lifeline: int,
    mask: List[int],
    args: Tuple[Any, ...],
    identity: Tuple[int, ...] = (),
    kind: str = "pool",
) -> int:
    """Become worker number ``worker_id``: what ``multiprocessing.Process`` does in a child, and then ``serve``.

    ``identity`` and name are what the standard class for this ``kind`` of pool would give: programs take the number of
    their GPU from it. Returns the exit code. The bookkeeping of multiprocessing (name, children, finalizers, random state,
    standard input) is left to its own ``_bootstrap``.
    """
    import multiprocessing

    die_with_parent(lifeline)
    pid, name, method = parent
    context: Any = multiprocessing.get_context(method)
    process = context.Process(target=serve, args=(*args, mask))
    process._identity = identity or (worker_id + 1,)
    # As multiprocessing.Process and multiprocessing.pool.Pool make them: ForkProcess-1, ForkPoolWorker-1, ForkProcess-1:2.
    class_name = type(process).__name__
    if kind == "pool":
        class_name = class_name.replace("Process", "PoolWorker")
    process._name = class_name + "-" + ":".join(map(str, process._identity))
    process._config["daemon"] = False
    process._parent_pid, process._parent_name = pid, name
    code: int = process._bootstrap(parent_sentinel=lifeline)
    return code


def die_with_parent(lifeline: int) -> int:
    """Have the kernel kill this process when the pool's parent is gone, even in the middle of C code.

    ``lifeline`` is the read end of a pipe whose write end only the parent holds. Linux sends the signal chosen
    with F_SETSIG to the owner of an O_ASYNC descriptor when the last writer closes (``pipe(7)``, ``fcntl(2)``).
    Owner and flag belong to the open file, so each worker opens the pipe anew. This is the second line: the
    template ends its workers when the parent is gone; this one holds when the template was killed as well, or is itself
    stuck in C code or in a foreign hook at fork. Returns the descriptor that does it, or -1.
    """
    mine = -1
    try:
        import fcntl

        mine = System.open(f"/proc/self/fd/{lifeline}", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        System.fcntl(mine, fcntl.F_SETOWN, getpid())
        System.fcntl(mine, getattr(fcntl, "F_SETSIG", 10), signal.SIGKILL)
        System.fcntl(mine, fcntl.F_SETFL, System.fcntl(mine, fcntl.F_GETFL) | os.O_ASYNC)
    except (ImportError, OSError, AttributeError):
        pass
    return mine
