"""How is a worker born, and before it the template: by fork, or as a fresh interpreter?

==============  ====================================  ==================================
start method    the template                          its workers
==============  ====================================  ==================================
``fork``        a fork of the parent: ``run_forked``  forks of the template
``forkserver``  a fresh interpreter: ``main``         forks of the template
``spawn``       a fresh interpreter: ``main``         fresh interpreters: ``spawned``
==============  ====================================  ==================================

However it is born, a worker first notes in its slot who it is: by then its template may be gone, and the report with it.
"""

import atexit
import signal
import struct
import sys
from typing import Any, Callable, List, NoReturn, Tuple

from ..protocol import codec, words
from ..protocol.control import BROKEN, RECORD
from ..protocol.descriptors import close_anyway
from ..protocol.originals import System, cooperative, forked, getpid
from ..protocol.region import map_region
from ..protocol.slots import Slot
from . import at_fork, start
from .channel import Channel
from .failures import describe, safe_repr
from .program import command_line, spawn
from .strangers import end, leave_if_stranger
from .template import DEAF, Birth, Template


def fork_launcher(
    region_fd: int, lifeline: int, options: Any, setup: Any, gc_enabled: bool
) -> Tuple[Callable[[Birth], int], List[Template]]:
    """A ``launch`` function that forks workers from this process; append the template to the list it needs."""
    import gc
    from multiprocessing import popen_fork, util

    region = map_region(region_fd, whole=False)
    template: List[Template] = []
    parent, mask, identity, kind = options["parent"], options["mask"], options["identity"], options["kind"]
    # Newer Pythons run atexit's functions in forked children too, and leave the finalizers of multiprocessing to
    # that (gh-83856); before, Process._bootstrap runs them.
    runs_atexit = hasattr(popen_fork, "atexit")

    def launch(birth: Birth) -> int:
        pid: int = System.fork()
        if pid:
            return pid
        code = 1
        try:
            view = Slot(region, birth.slot)
            view.claim()
            forked()
            at_fork.in_worker()
            template[0].restore(mask)
            if runs_atexit:
                atexit._clear()
                atexit.register(util._exit_function)  # type: ignore[attr-defined]
            if gc_enabled:
                gc.enable()
            channel = Channel(birth.task_fd, birth.result_fd, view.tasks)
            who = (*identity, birth.ordinal)
            code = start.begin(birth.number, parent, lifeline, mask, (channel, view, setup), who, kind)
            if runs_atexit:
                atexit._run_exitfuncs()
        finally:
            end(code)

    return launch, template


def run_forked(control: Any, region_fd: int, lifeline: int, options: Any, setup: Any, first: List[Birth]) -> NoReturn:
    """The template of the ``fork`` start method: called in a fork of the parent, never returns.

    ``first`` are the first workers to launch.
    """
    code = 1
    try:
        import gc

        # Objects of the parent must not be finalised here, nor their pages be copied.
        enabled = gc.isenabled()
        gc.disable()
        try:
            launch, holder = fork_launcher(region_fd, lifeline, options, setup, enabled)
            # Before the first fork: that may be where it gets stuck.
            template = Template(control, options["parent"][0], launch, start.die_with_parent(lifeline))
            holder.append(template)
        except BaseException as error:
            tell_broken(control, error)
            raise
        # The first workers are waited for: what the template itself needs comes after them, and they need not undo it. It is deaf
        # already. But where SIGCHLD is ignored, the kernel would reap a worker that dies at once, and its status is lost.
        ignored = System.getsignal(signal.SIGCHLD) is System.SIG_IGN
        if ignored:
            template.set_up()
        for number, birth in enumerate(first):
            template.others = [fd for later in first[number + 1 :] for fd in later[3:]]
            template.guard(template.launch_now, birth)
            template.guard(cooperative("os", "close"), birth.task_fd)
            template.guard(cooperative("os", "close"), birth.result_fd)
        template.others = []
        if not ignored:
            template.set_up()
        template.run()
        code = 0
    finally:
        System.exit_now(code)


def tell_broken(control: Any, error: BaseException) -> None:
    text = describe(error).encode("utf-8", "backslashreplace")[-100000:]
    control.sendall(RECORD.pack(BROKEN, 0, len(text), 0, 0) + text)


def read_exactly(fd: int, count: int) -> bytes:
    data = b""
    while len(data) < count:
        chunk = System.read(fd, count - len(data))
        if not chunk:
            raise SystemExit(1)
        data += chunk
    return data


def prepare(data: Any) -> None:
    """Make the parent's main module importable here, as multiprocessing's spawn does."""
    import multiprocessing.process as mp_process
    import multiprocessing.spawn

    mp_process.current_process()._inheriting = True  # type: ignore[attr-defined]
    try:
        multiprocessing.spawn.prepare(data)
    finally:
        del mp_process.current_process()._inheriting  # type: ignore[attr-defined]


def adopt_tracker(fd: int) -> None:
    """Use the parent's resource tracker, as multiprocessing's children do."""
    if fd >= 0:
        from multiprocessing import resource_tracker

        resource_tracker._resource_tracker._fd = fd  # type: ignore[attr-defined]


def main(control_fd: int, region_fd: int, lifeline: int, tracker_fd: int) -> None:
    """The template of ``forkserver`` and ``spawn``: the entry point of a fresh interpreter."""
    for fd in (control_fd, region_fd, lifeline):
        System.set_inheritable(fd, False)
    control = System.Socket(fileno=control_fd)
    try:
        run_fresh(control, region_fd, lifeline, tracker_fd)
    finally:
        close_anyway(control)  # or a program that runs with ``-X dev`` is told of it


def run_fresh(control: Any, region_fd: int, lifeline: int, tracker_fd: int) -> None:
    """Read on the socket what to prepare, and serve."""
    adopt_tracker(tracker_fd)
    control_fd = control.fileno()
    (size,) = struct.unpack("<q", read_exactly(control_fd, 8))
    options = codec.loads(read_exactly(control_fd, size))
    parent = options["parent"]
    try:
        if options["method"] == "spawn":
            launch = spawn_launcher(region_fd, lifeline, tracker_fd, options)
            template = Template(control, parent[0], launch, start.die_with_parent(lifeline))
        else:
            prepare_here(options)
            import gc

            launch, holder = fork_launcher(region_fd, lifeline, options, None, gc.isenabled())
            template = Template(control, parent[0], launch, start.die_with_parent(lifeline))
            holder.append(template)
    except BaseException as error:
        tell_broken(control, error)
        sys.exit(1)
    template.set_up()
    template.run()


def prepare_here(options: Any) -> None:
    """Import the program's main module, with the program's mask: what it starts (a thread, a process) must not be deaf.

    Meanwhile signals to the whole group are heard, and nothing is done about them.
    """
    me = getpid()
    old = {}
    for signum in (signal.SIGTERM, signal.SIGHUP):
        if System.getsignal(signum) is not System.SIG_IGN:
            old[signum] = System.signal(signum, unmoved)
    System.pthread_sigmask(signal.SIG_SETMASK, [*options["mask"], signal.SIGINT])
    try:
        prepare(options["preparation"])
    finally:
        leave_if_stranger(me)
        System.pthread_sigmask(signal.SIG_SETMASK, DEAF)
        for signum, handler in old.items():
            if System.getsignal(signum) is unmoved:
                System.signal(signum, handler)


def unmoved(_signum: int, _frame: Any) -> None:
    pass


def spawn_launcher(region_fd: int, lifeline: int, tracker_fd: int, options: Any) -> Callable[[Birth], int]:
    """A ``launch`` function that starts a fresh interpreter for each worker."""
    inherited = [fd for fd in (region_fd, lifeline, tracker_fd) if fd >= 0] + list(options["fds"])
    # exec keeps what is ignored, but the template cannot have ignored this one.
    ignored = [int(signum) for signum in (signal.SIGCHLD,) if System.getsignal(signum) is System.SIG_IGN]

    def launch(birth: Birth) -> int:
        arguments = (*birth, region_fd, lifeline, tracker_fd, options["mask"], ignored)
        with command_line(options, spawned, arguments, tracker_fd) as (command, fds):
            return spawn(command, [*inherited, birth.task_fd, birth.result_fd, *fds])

    return launch


def spawned(
    number: int,
    slot: int,
    ordinal: int,
    task_fd: int,
    result_fd: int,
    region_fd: int,
    lifeline: int,
    tracker_fd: int,
    mask: List[int],
    ignored: List[int],
) -> None:
    """The entry point of a worker that is a fresh interpreter."""
    view = Slot(map_region(region_fd, whole=False), slot)
    view.claim()
    me = getpid()
    for signum in ignored:
        System.signal(signum, System.SIG_IGN)
    System.pthread_sigmask(signal.SIG_SETMASK, [*mask, signal.SIGINT])
    for fd in (task_fd, result_fd, region_fd, lifeline):
        System.set_inheritable(fd, False)
    adopt_tracker(tracker_fd)
    channel = Channel(task_fd, result_fd, view.tasks)
    message = channel.read(lambda: None)
    if message is None:
        sys.exit(1)
    options = codec.loads(message[2][0])
    try:
        try:
            prepare(options["preparation"])
            setup = codec.loads(options["setup"])
        finally:
            leave_if_stranger(me)
    except BaseException as error:
        channel.send(words.START_FAILED, (safe_repr(error), describe(error)))
        sys.exit(1)
    who = (*options["identity"], ordinal)
    sys.exit(start.begin(number, options["parent"], lifeline, mask, (channel, view, setup), who, options["kind"]))
