"""Worker processes come and go: launched through the template, known by their own word, stopped, killed, and seen dead.

That a worker is dead is the parent's own business. Each worker writes its pid and its start time into shared memory
before anything else; the parent opens a pidfd of that process, compares the start time (the pid may be another's by
then), and is told of the end by the kernel (pidfd_open(2), Linux 5.3, Python 3.9). Where there is no pidfd, the
parent looks at ``/proc/PID/stat`` every :data:`LOOK_EVERY` seconds. The template, the workers' real parent, is asked
for nothing but the exit status, and waited for no longer than :data:`STATUS_WITHIN`: it may be stopped, frozen,
killed, or stuck in somebody's at-fork hook. Where it wants to answer and is not let, on a machine that is out of memory or of
processors, or where the worker's last threads are still going, that is worth a longer wait: there the status is the evidence.

What was asked for is repeated until it is seen to have happened: a kill every :data:`KILL_AGAIN` seconds, a launch
when the time of :attr:`Workers.launch_at` has come.
"""

import os
import signal
from typing import Any, Callable, List, NamedTuple, Optional

from .. import postmortem
from ..core.decisions import Core
from ..core.states import Worker
from ..protocol import wire, words
from ..protocol.clock import now
from ..protocol.descriptors import close_all, close_last, note_pipe
from ..protocol.originals import System, cooperative
from ..protocol.slots import Slot
from .channel import Channel
from .fast_path import Lead
from .selector import Selector
from .templates import Templates
from .watch import Attention

#: Seconds between two looks at a worker whose process cannot be waited for (no pidfd), or is not known yet.
LOOK_EVERY = 0.05
#: How long the template has, in seconds, to tell the status of a worker that is dead.
STATUS_WITHIN = 0.3
#: As long where the template runs, or would if it were let, and where the worker is not quite dead.
STATUS_WITHIN_AT_MOST = 3.0
#: How long a worker may take, in seconds, from the request to its first word, before the template is asked whether it is there.
FIRST_WORD_WITHIN = 1.0
#: Seconds between two kills of a worker that does not die.
KILL_AGAIN = 0.5
#: Pause, in seconds, between attempts to launch a worker when the system has no process or descriptor left; and for
#: how long a pool without any worker goes on trying.
LAUNCH_RETRY = 0.1
LAUNCH_PATIENCE = 2.0


class Killed(NamedTuple):
    """Why we killed a worker.

    ``why``: "timeout" and "memory" (of item ``seq``, over its ``limit``; ``held``: bytes), "overtaken" (the kill for
    an item hit the next one; ``limit_of``: which limit that was), "protocol" (its answer made no sense),
    "unresponsive", "terminate".
    """

    why: str
    limit: Optional[float] = None
    seq: Optional[int] = None
    held: Optional[int] = None
    limit_of: str = ""
    taken: Optional[int] = None


class Io:
    """All that the engine has of a worker process, beside what the core knows of it."""

    __slots__ = (
        "answered", "arriving", "asked", "attention", "baseline", "cgroup", "channel",
        "dead_since", "in_arena", "killed", "known", "lead", "peak", "pid", "pidfd",
        "requested_at", "sent_signal", "signal_at", "start_error", "started", "stop_at", "taken", "to_stop",
    )  # fmt: skip

    def __init__(self, channel: Channel, requested_at: float) -> None:
        self.channel = channel
        self.attention = Attention()
        self.attention.read_at = requested_at
        self.lead = Lead()
        self.requested_at = requested_at
        self.answered: Optional[int] = None  # the pid that the template launched it as, by its word
        self.pid: Optional[int] = None
        self.started = 0  # the process's start time, in clock ticks; 0 where that cannot be told
        self.pidfd: Optional[int] = None
        self.known = False  # is its process watched?
        self.dead_since: Optional[float] = None  # it is dead, and its status awaited
        self.asked = False  # the template was asked for that
        self.arriving = 0  # how many of its results are being unpickled, which needs it
        self.to_stop = False  # once none is, it is to be told to end
        self.cgroup: Optional[str] = None
        self.stop_at: Optional[float] = None  # when to escalate
        self.killed: Optional[Killed] = None
        self.sent_signal: Optional[int] = None  # a signal that it is to get, again and again until it is dead
        self.signal_at = 0.0  # when it gets that next
        self.in_arena: List[Any] = []  # the tasks that were last put into the arena
        self.taken = 0  # how many answers were taken out of theirs
        self.peak = 0  # bytes
        self.baseline: Optional[int] = None  # bytes that it held before its first task with a limit of memory
        self.start_error: Any = None


class WorkerInfo(NamedTuple):
    """A public view of a worker: ``state`` ("starting", "idle", "busy", "stopping"), the ``task`` in hand as text
    (or None), how many tasks it has done, and its resident ``memory`` in bytes (None where it cannot be told)."""

    pid: Optional[int]
    state: str
    task: Optional[str]
    tasks_done: int
    memory: Optional[int]


WorkerInfo.__module__ = "safepool"  # where users find it; in the body, type checkers would take it for a field


class Workers:
    """The processes of one pool. Whoever has the engine may use it.

    ``look(worker, when)`` is asked to have a worker looked at.
    """

    def __init__(
        self, core: Core, selector: Selector, templates: Templates, slots: int, look: Callable[[Worker, float], None]
    ) -> None:
        self._core = core
        self._templates = templates
        self._selector = selector
        self.look = look
        self.region: Any = None  # shared memory
        self._free_slots = list(range(slots))
        self.slots = slots
        self.launch_at = 0.0  # not before this time
        self.failing_since: Optional[float] = None  # launches fail, since then
        self.launch_error: Optional[OSError] = None  # the last; without its traceback, whose frames hold shared memory

    # ---- launching

    def launch_wanted(self) -> Optional[OSError]:
        """Launch what the core wants; the error, if that fails now. ``launch_at`` says when to try again."""
        if self._templates.launcher.lost:
            return None  # and the template is being replaced, or not
        wanted = self._core.wanted()
        if not wanted:
            return None
        moment = now()
        if moment < self.launch_at:
            self._selector.due(self.launch_at)
            return None
        for _ in range(wanted):
            if not self._free_slots:
                return None  # a worker that ends leaves one
            try:
                self.launch()
            except OSError as error:
                return error.with_traceback(None)
        return None

    def launch(self) -> None:
        """Launch one. Raises OSError, and has changed nothing then."""
        worker = self._core.launch()
        book: List[int] = []
        index = self._free_slots.pop()
        try:
            note_pipe(book)
            note_pipe(book)
            task_r, task_w, result_r, result_w = book
            System.set_blocking(task_w, False)
            System.set_blocking(result_r, False)
            slot = Slot(self.region, index)
            slot.clear()
            channel = Channel(self._selector, slot, worker, book)
            worker.io = Io(channel, now())
            self._templates.launcher.launch(worker.id, index, task_r, result_w)
            close_last(book)  # the worker's own end
            self._selector.add(result_r, "result", worker)
            self.look(worker, worker.io.requested_at + LOOK_EVERY)
            first = self._templates.launcher.first_message
            if first is not None:
                channel.send(wire.frame(words.SETUP, None, [len(first)]), [first])
        except BaseException:
            if worker.io is not None:
                self.release(worker)
            else:
                close_all(book)
                self._free_slots.append(index)
            self._core.launch_failed(worker)
            raise

    def launch_failed(self, error: OSError) -> bool:
        """A launch failed: note when to try again. True if there is no hope left, since there is no worker at all."""
        moment = now()
        self.launch_error = error
        if self.failing_since is None:
            self.failing_since = moment
        self.launch_at = moment + LAUNCH_RETRY
        self._selector.due(self.launch_at)
        return moment - self.failing_since > LAUNCH_PATIENCE and not self._core.workers

    def launched(self, worker: Worker, pid: int) -> bool:
        """The template says that it launched this worker, as process ``pid``. False if that is known to be dead."""
        worker.io.answered = pid
        self.failing_since = None
        return self.identify(worker)

    def unanswered(self) -> List[float]:
        """Since when, in seconds, launches are waited for: neither the template nor the worker itself has said anything."""
        workers = self._core.workers.values()
        return [one.io.requested_at for one in workers if one.io and one.io.answered is None and not one.io.known]

    # ---- who is it, and does it live?

    def identify(self, worker: Worker) -> bool:
        """Learn which process the worker is, by its own word, and watch that. False if it is known to be dead."""
        io = worker.io
        if io.known:
            return True
        identity = io.channel.slot.identity()
        if identity is None:
            pid = io.answered
            if (
                pid is not None
                and now() >= io.requested_at + LOOK_EVERY
                and postmortem.parent_of(pid) == self._templates.launcher.pid
            ):
                # It takes its time; and a child of the template is no stranger with the same pid.
                return self._watch(worker, pid, postmortem.start_time(pid))
            return True  # not yet
        self.failing_since = None
        return self._watch(worker, *identity)

    def _watch(self, worker: Worker, pid: int, started: int) -> bool:
        io = worker.io
        io.pid, io.started = pid, started
        try:
            io.pidfd = System.pidfd_open(io.pid)
        except ProcessLookupError:
            return False
        except OSError:
            pass  # EMFILE, ENOSYS, EPERM in containers: then by /proc
        if not postmortem.is_process(io.pid, io.started):
            self._close_pidfd(io)
            return False
        io.known = True
        if io.pidfd is not None:
            self._selector.add(io.pidfd, "pidfd", worker)
        else:
            self.look(worker, now() + LOOK_EVERY)
        if io.sent_signal is not None:
            self._send_signal(worker, io.sent_signal)
        return True

    def is_alive(self, worker: Worker, thoroughly: bool = False) -> bool:
        """As far as we can tell without waiting. ``thoroughly``: look ourselves, since what the kernel tells may be lost."""
        io = worker.io
        if io.dead_since is not None:
            return False
        if not io.known:
            return self.identify(worker)
        if io.pidfd is not None and not thoroughly:
            return True  # the kernel tells
        return postmortem.is_process(io.pid, io.started)

    def patience_with(self, worker: Worker, moment: float) -> float:
        """Seconds until a worker that has not said who it is is looked at again:

        soon at first; later the template is asked for it.
        """
        if moment - worker.io.requested_at < FIRST_WORD_WITHIN:
            return LOOK_EVERY
        if worker.io.answered is None:
            self._templates.launcher.ask_status(worker.id, 0)
        return FIRST_WORD_WITHIN

    def status_of(self, worker: Worker, moment: float) -> Optional[postmortem.Status]:
        """The worker is dead. Its status, if nobody else can tell it any more; None while the template may."""
        io = worker.io
        if io.dead_since is None:
            io.dead_since = moment
        waited = moment - io.dead_since
        late = waited >= STATUS_WITHIN
        if self._templates.launcher.lost or waited >= STATUS_WITHIN_AT_MOST or (late and not self._is_coming(io.pid)):
            return self._reap(io.pid)
        if not io.asked and io.pid is not None:
            io.asked = True
            self._templates.launcher.ask_status(worker.id, io.pid)
        self.look(worker, moment + LOOK_EVERY if late else io.dead_since + STATUS_WITHIN)
        return None

    def _is_coming(self, pid: Optional[int]) -> bool:
        """Is there a reason why a dead worker's status takes a while?"""
        return self._templates.hurries(bool(self.unanswered())) or (pid is not None and postmortem.is_dying(pid))

    @staticmethod
    def _reap(pid: Optional[int]) -> postmortem.Status:
        """The status of a process whose template is gone: ours to reap where we are what orphans are given to (PID 1)."""
        if pid is not None:
            try:
                found, status, usage = System.wait4(pid, os.WNOHANG)
            except OSError:
                found = 0
            if found:
                return postmortem.from_wait(status, usage.ru_maxrss)
        return postmortem.Status(None)

    # ---- ending

    def stop(self, worker: Worker, grace: float) -> None:
        """Ask it to end by itself, within ``grace`` seconds, when it has nothing (more) to do and no result needs it."""
        self._core.stop(worker)
        io = worker.io
        io.stop_at = now() + grace
        self.look(worker, io.stop_at)
        io.to_stop = True
        self.stop_at_last(worker)

    def stop_at_last(self, worker: Worker) -> None:
        """Nothing holds it any more, perhaps: then say so, if it is to be stopped."""
        io = worker.io
        if io.to_stop and not io.arriving:
            io.to_stop = False
            io.channel.send(wire.frame(words.STOP, None))

    def kill(self, worker: Worker, why: Optional[Killed], sig: int = signal.SIGKILL) -> None:
        """Send a signal now, and again until the worker is dead.

        ``why``: what its death will be put down to, if nothing was before.
        """
        io = worker.io
        if why is not None and io.killed is None:
            io.killed = why
        io.sent_signal = sig
        if io.known or self.identify(worker):
            self._send_signal(worker, sig)
        self.look(worker, now() + KILL_AGAIN)

    def kill_again(self, worker: Worker, moment: float) -> None:
        io = worker.io
        if io.sent_signal is not None and moment >= io.signal_at:
            self._send_signal(worker, io.sent_signal)
            self.look(worker, moment + KILL_AGAIN)

    def _send_signal(self, worker: Worker, sig: int) -> None:
        io = worker.io
        io.signal_at = now() + KILL_AGAIN
        if not io.known or io.pid is None:
            return
        if io.pidfd is not None:
            try:
                System.pidfd_send_signal(io.pidfd, sig)
                return
            except ProcessLookupError:
                return
            except OSError:
                pass  # somebody has closed it, or it is forbidden here
        if postmortem.is_process(io.pid, io.started):
            try:
                System.kill(io.pid, sig)
            except OSError:
                pass  # gone, or to be tried again

    def release(self, worker: Worker) -> None:
        """Close what belongs to a worker that is dead."""
        io = worker.io
        io.known = False
        self._close_pidfd(io)
        io.channel.release()
        # The next worker gets the slot whose memory is warm. But one that never noted itself may yet be born, by a template that
        # was killed between fork and that note: its slot comes last, or the late one would be taken for who has it then.
        self._free_slots.insert(0 if io.pid is None else len(self._free_slots), io.channel.slot.index)

    def _close_pidfd(self, io: Io) -> None:
        pidfd, io.pidfd = io.pidfd, None
        if pidfd is not None:
            self._selector.remove(pidfd)
            try:
                cooperative("os", "close")(pidfd)
            except OSError:
                pass

    def forget(self) -> None:
        """In a fork of the parent: close what would keep workers alive."""
        for worker in self._core.workers.values():
            io = worker.io
            if io is not None:
                io.channel.forget()
                if io.pidfd is not None:
                    try:
                        cooperative("os", "close")(io.pidfd)
                    except OSError:
                        pass
