"""The template: a small process of each pool that launches its workers, reaps them, and ends them with the parent.

It is made before the pool has any thread, and it has one thread itself, so forking from it is always clean, however
many threads and locks the parent has by the time a worker must be replaced. It never runs a task.

Records on its socket, 24 bytes each: operation, worker number, three numbers. From the parent: LAUNCH (with the
descriptors of the worker's pipes), SIGNAL. To the parent: LAUNCHED (pid), FAILED (errno), DIED (pid, status as
``waitpid`` gives it, peak resident memory in KiB), BROKEN (the template could not prepare itself; a traceback follows).
"""

import atexit
import os
import select
import signal
import socket
import struct
import sys
from typing import Any, Callable, Dict, List, NoReturn, Optional, Tuple

from ..protocol import words
from ..protocol.control import BROKEN, CGROUP, DIED, FAILED, LAUNCH, LAUNCHED, RECORD, SIGNAL, receive
from ..protocol.slots import Slot, map_region
from . import start
from .channel import Channel
from .failures import describe, safe_repr

#: Without a pidfd of the parent the template looks this often, in seconds, whether the parent is still there.
PARENT_CHECK = 0.5


class Template:
    """The loop. ``launch(worker_id, slot, task_fd, result_fd)`` makes a process and returns its pid."""

    def __init__(self, control: socket.socket, parent_pid: int, launch: Callable[[int, int, int, int], int]) -> None:
        self.control = control
        self.parent_pid = parent_pid
        self.launch = launch
        self.children: Dict[int, int] = {}  # pid -> worker number
        self.wake_r, self.wake_w = os.pipe()
        os.set_blocking(self.wake_w, False)
        os.set_blocking(self.wake_r, False)
        self.old_signals: Dict[int, Any] = {}
        self.parent_fd: Optional[int] = None
        self.others: List[int] = []  # descriptors of workers that are still to be launched

    def set_signals(self) -> None:
        """Before anything is launched, so that no end of a child goes unnoticed."""
        for signum, handler in (
            (signal.SIGCHLD, lambda *_: None),
            (signal.SIGINT, signal.SIG_IGN),
            (signal.SIGTERM, signal.SIG_DFL),
        ):
            self.old_signals[signum] = signal.signal(signum, handler)
        signal.set_wakeup_fd(self.wake_w, warn_on_full_buffer=False)

    def run(self) -> None:
        """Serve until the parent is gone or closes the socket; then kill what is left."""
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        poll.register(self.wake_r, select.POLLIN)
        try:
            # A pipe may be kept open by a stranger who inherited it; the process itself cannot be mistaken.
            self.parent_fd = os.pidfd_open(self.parent_pid)  # type: ignore[attr-defined, unused-ignore]
            poll.register(self.parent_fd, select.POLLIN)
        except (AttributeError, OSError):
            pass
        timeout = None if self.parent_fd is not None else PARENT_CHECK * 1000
        while True:
            ready = {fd for fd, _ in poll.poll(timeout)}
            if self.parent_fd in ready or (self.parent_fd is None and os.getppid() != self.parent_pid):
                break
            if self.wake_r in ready:
                try:
                    os.read(self.wake_r, 4096)
                except BlockingIOError:
                    pass
                if not self.reap():
                    break
            if self.control.fileno() in ready and not self.obey():
                break
        for pid in self.children:
            os.kill(pid, signal.SIGKILL)
        for pid in list(self.children):
            try:
                os.waitpid(pid, 0)
            except ChildProcessError:
                pass

    def obey(self) -> bool:
        """Do what one record asks for; False at the end."""
        try:
            data, fds = receive(self.control)
        except OSError:
            return False
        if len(data) < RECORD.size:
            return False
        operation, number, a, b, _ = RECORD.unpack(data)
        if operation == LAUNCH:
            self.launch_one(number, a, *fds)
        elif operation == SIGNAL and self.children.get(a) == number:
            os.kill(a, b)
        return True

    def launch_one(self, number: int, slot: int, *fds: int) -> None:
        try:
            pid = self.launch(number, slot, fds[0], fds[1])
        except OSError as error:
            self.tell(FAILED, number, error.errno or 0)
        except IndexError:
            self.tell(FAILED, number, 24)  # EMFILE: the descriptors did not fit into this process
        else:
            self.children[pid] = number
            self.tell(LAUNCHED, number, pid)
        finally:
            for fd in fds:
                os.close(fd)

    def tell(self, operation: int, number: int, a: int = 0, b: int = 0, c: int = 0, more: bytes = b"") -> bool:
        try:
            self.control.sendall(RECORD.pack(operation, number, a, b, c) + more)
        except OSError:
            return False
        return True

    def reap(self) -> bool:
        while self.children:
            try:
                # Look before reaping: the cgroup of a process can be read as long as it is a zombie.
                found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
                if found is None:
                    break
                pid = found.si_pid
                cgroup = b""
                if found.si_code != os.CLD_EXITED:
                    cgroup = read_cgroup(pid)
                _, status, usage = os.wait4(pid, 0)
            except ChildProcessError:
                break
            number = self.children.pop(pid, None)
            if number is None:
                continue
            peak = usage.ru_maxrss if sys.platform != "darwin" else usage.ru_maxrss // 1024
            if cgroup and not self.tell(CGROUP, number, len(cgroup), more=cgroup):
                return False
            if not self.tell(DIED, number, pid, status, peak):
                return False
        return True

    def restore(self) -> None:
        """In a forked worker: be as the parent was."""
        signal.set_wakeup_fd(-1)
        for signum, handler in self.old_signals.items():
            if handler is not None:
                signal.signal(signum, handler)
        for fd in (self.wake_r, self.wake_w, self.parent_fd, *self.others):
            if fd is not None:
                os.close(fd)
        self.control.close()


def read_cgroup(pid: int) -> bytes:
    try:
        with open(f"/proc/{pid}/cgroup", "rb") as file:
            return file.read(4096)
    except OSError:
        return b""


def fork_launcher(
    region_fd: int, lifeline: int, parent: Tuple[int, str, str], mask: List[int], setup: Any, gc_enabled: bool
) -> Tuple[Callable[[int, int, int, int], int], List[Template]]:
    """A ``launch`` function that forks workers from this process; append the template to the list it needs."""
    import gc
    from multiprocessing import popen_fork, util

    region = map_region(region_fd)
    template: List[Template] = []
    # Newer Pythons run atexit's functions in forked children too, and leave the finalizers of multiprocessing to
    # that (gh-83856); before, Process._bootstrap runs them.
    runs_atexit = hasattr(popen_fork, "atexit")

    def launch(number: int, slot: int, task_fd: int, result_fd: int) -> int:
        pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            template[0].restore()
            if runs_atexit:
                atexit._clear()
                atexit.register(util._exit_function)  # type: ignore[attr-defined]
            if gc_enabled:
                gc.enable()
            view = Slot(region, slot)
            code = start.begin(number, parent, lifeline, mask, (Channel(task_fd, result_fd, view.tasks), view, setup))
            if runs_atexit:
                atexit._run_exitfuncs()
        finally:
            os._exit(code)

    return launch, template


def run_forked(
    control: socket.socket,
    region_fd: int,
    lifeline: int,
    parent: Tuple[int, str, str],
    mask: List[int],
    setup: Any,
    first: List[Tuple[int, int, int, int]],
) -> NoReturn:
    """The template of the ``fork`` start method: called in a fork of the parent, never returns.

    ``first`` are the first workers to launch (number, slot, descriptors).
    """
    code = 1
    try:
        import gc

        # Objects of the parent must not be finalised here, nor their pages be copied.
        enabled = gc.isenabled()
        gc.disable()
        launch, holder = fork_launcher(region_fd, lifeline, parent, mask, setup, enabled)
        template = Template(control, parent[0], launch)
        holder.append(template)
        template.set_signals()
        for number, (worker, slot, *fds) in enumerate(first):
            template.others = [fd for _, _, *later in first[number + 1 :] for fd in later]
            template.launch_one(worker, slot, *fds)
        template.run()
        code = 0
    finally:
        os._exit(code)


def read_exactly(fd: int, count: int) -> bytes:
    data = b""
    while len(data) < count:
        chunk = os.read(fd, count - len(data))
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
    import pickle

    for fd in (control_fd, region_fd, lifeline):
        os.set_inheritable(fd, False)
    control = socket.socket(fileno=control_fd)
    adopt_tracker(tracker_fd)
    (size,) = struct.unpack("<q", read_exactly(control_fd, 8))
    options = pickle.loads(read_exactly(control_fd, size))
    parent = options["parent"]
    try:
        if options["method"] == "spawn":
            launch = spawn_launcher(region_fd, lifeline, tracker_fd, options)
            template = Template(control, parent[0], launch)
        else:
            prepare(options["preparation"])
            import gc

            launch, holder = fork_launcher(region_fd, lifeline, parent, options["mask"], None, gc.isenabled())
            template = Template(control, parent[0], launch)
            holder.append(template)
    except BaseException as error:
        text = describe(error).encode("utf-8", "backslashreplace")[-100000:]
        control.sendall(RECORD.pack(BROKEN, 0, len(text), 0, 0) + text)
        sys.exit(1)
    template.set_signals()
    template.run()


def spawn_launcher(region_fd: int, lifeline: int, tracker_fd: int, options: Any) -> Callable[[int, int, int, int], int]:
    """A ``launch`` function that starts a fresh interpreter for each worker."""
    from multiprocessing import util

    flags, executable, home = options["flags"], options["executable"], options["home"]
    inherited = [fd for fd in (region_fd, lifeline, tracker_fd) if fd >= 0] + list(options["fds"])

    def launch(number: int, slot: int, task_fd: int, result_fd: int) -> int:
        arguments = (number, slot, task_fd, result_fd, region_fd, lifeline, tracker_fd)
        code = (
            f"import sys; sys.path.append({home!r}); from safepool.worker.template import spawned; spawned{arguments!r}"
        )
        command = [executable, *flags, "-c", code, "--multiprocessing-fork"]
        passed = sorted({*inherited, task_fd, result_fd})
        pid: int = util.spawnv_passfds(os.fsencode(executable), command, passed)
        return pid

    return launch


def spawned(
    number: int, slot: int, task_fd: int, result_fd: int, region_fd: int, lifeline: int, tracker_fd: int
) -> None:
    """The entry point of a worker that is a fresh interpreter."""
    import pickle

    # The template ignores SIGINT, and exec keeps that. It is blocked as well (engine.launcher.sigint_blocked).
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for fd in (task_fd, result_fd, region_fd, lifeline):
        os.set_inheritable(fd, False)
    adopt_tracker(tracker_fd)
    view = Slot(map_region(region_fd), slot)
    os.close(region_fd)
    channel = Channel(task_fd, result_fd, view.tasks)
    message = channel.read(lambda: None)
    if message is None:
        sys.exit(1)
    options = pickle.loads(message[2][0])
    try:
        prepare(options["preparation"])
        setup = pickle.loads(options["setup"])
    except BaseException as error:
        channel.send(words.START_FAILED, (safe_repr(error), describe(error)))
        sys.exit(1)
    sys.exit(start.begin(number, options["parent"], lifeline, options["mask"], (channel, view, setup)))
