"""One thread that waits for everything: results, deaths, wake-ups, deadlines. It never blocks on one worker.

Callers hand in tasks from any thread; a task for an idle worker is written to its pipe by the caller itself, which
saves a switch to this thread. All decisions are :class:`~safepool.core.Core`'s, under ``lock``; the lock is held
for decisions and non-blocking system calls only, never while users' code runs or anybody waits. What becomes of
tasks is told to their owners after the lock was released.

Order after a death: read what the worker sent (until there is nothing more, never until end-of-file: a forked
grandchild may hold the pipe), then its journal, then its last word. Only then is anybody blamed.
"""

import atexit
import fcntl
import itertools
import logging
import os
import select
import signal
import sys
import threading
import time
import weakref
from collections import deque
from concurrent.futures import CancelledError
from typing import Any, Callable, Deque, Dict, List, NamedTuple, Optional, Sequence, Tuple

from . import codec, core, poller, postmortem, template, wire
from .codec import LARGE, RAISED, SKIPPED
from .core import Core, Task, Worker
from .errors import MemoryLimitExceeded, PoolBroken, RemoteTraceback, TaskTimeout, WorkerDied
from .helper import Helper
from .launch import Launcher
from .slots import (
    IDLE,
    READING,
    REVOKE_END,
    REVOKE_FROM,
    RUNNING,
    STAGES,
    STARTED,
    STATE,
    UNDECIDED,
    Slot,
    create_region,
    map_region,
)

logger = logging.getLogger("safepool")

#: Seconds. A worker that was told to stop has STOP_GRACE to end by itself, then TERM_GRACE after SIGTERM.
STOP_GRACE = 5.0
TERM_GRACE = 0.3
#: How soon to look again at a worker whose batch does not move, and how long its answer to "which item are you
#: at?" needs to become visible (see Server._revoked).
BATCH_CHECK = 0.002
STALL_CHECK = 0.1
REVOKE_GRACE = 0.001
#: A worker that was taken back everything, and does not say for so long that it has seen that, is replaced.
UNRESPONSIVE = 2.0
MEMORY_CHECK = 0.05
#: How long a caller waits itself for its result, and for tasks of what duration it tries.
LEAD_MS = 1
LEAD_NS = 300_000
#: A caller that waited for each of so many tasks at once is expected to wait for the next one too.
LEAD_HABIT = 4
#: Pause between attempts to launch a worker when the system has no process or descriptor left; and for how long.
LAUNCH_RETRY = 0.1
LAUNCH_PATIENCE = 2.0
PIPE_SIZE = 1 << 20
F_SETPIPE_SZ = getattr(fcntl, "F_SETPIPE_SZ", 1031)

_pool_numbers = itertools.count(1)


class Parcel:
    """A unit with buffers that follow the envelope."""

    __slots__ = ("packed", "unit")

    def __init__(self, unit: Any, packed: codec.Packed) -> None:
        self.unit = unit
        self.packed = packed


class Io:
    """The engine's side of a worker process."""

    def __init__(self, slot: Slot, task_fd: int, result_fd: int) -> None:
        self.slot = slot
        self.task_fd = task_fd
        self.result_fd = result_fd
        self.parser = wire.Parser()
        self.out: List[memoryview] = []
        self.large = False
        self.pid: Optional[int] = None
        self.pidfd: Optional[int] = None
        self.cgroup: Optional[str] = None
        self.stop_at: Optional[float] = None  # when to escalate
        self.killed: Optional[Tuple[Any, ...]] = None  # why we killed it
        self.leader: Optional[Task] = None  # whose caller reads our results instead of the engine
        self.led = 0.0  # since when
        self.poll: Any = None
        self.suspended_at: Optional[float] = None
        self.pending_signal: Optional[int] = None
        self.seen = -1  # the word at the last look
        self.seen_at = 0.0
        self.revoking = 0.0  # since when we wait to decide
        self.peak = 0
        self.start_error: Optional[Tuple[str, str]] = None


class WorkerInfo(NamedTuple):
    """A public view of a worker: ``state`` ("starting", "idle", "busy", "stopping"), the ``task`` in hand as text
    (or None), how many tasks it has done, and its resident ``memory`` in bytes (None where it cannot be told)."""

    pid: Optional[int]
    state: str
    task: Optional[str]
    tasks_done: int
    memory: Optional[int]


class Engine:
    def __init__(
        self,
        *,
        size: int,
        method: str,
        setup: Any,
        eager: bool,
        max_tasks: Optional[int] = None,
        on_death: Optional[Callable[[WorkerDied], Any]] = None,
        kind: str = "pool",
    ) -> None:
        self.name = "safepool-%d" % next(_pool_numbers)
        self.kind = kind
        self.pid = os.getpid()
        self.foreign = False
        self.lock = threading.Lock()
        self.core = Core(size, eager=eager, max_tasks=max_tasks)
        self.helper = Helper(self.name + "-callbacks")
        # Handlers may block, and the caller may hold logging's lock: no thread that matters writes to a log.
        self.log_helper = Helper(self.name + "-log")
        self.functions = codec.Functions()
        self.deaths: Deque[WorkerDied] = deque(maxlen=1000)
        self.on_death = on_death
        self.cause: Optional[BaseException] = None  # of a broken pool
        self.oom = postmortem.OomWatch()
        self.finished = threading.Event()
        self._expected: Optional[Task] = None  # a caller is expected to lead for it, by habit
        self._lead_hint = 0  # how many times in a row a caller did
        self._settled: List[Tuple[Any, int, Any]] = []
        self._errands: List[Callable[[], Any]] = []
        self._targets: Dict[int, Tuple[str, Any]] = {}
        self._next_tick = float("inf")
        self._sleep_until = 0.0
        self._kill_at: Optional[float] = None
        self._terminating = False
        self._abandoned: Optional[str] = None
        self._launch_after = 0.0
        self._launch_failing: Optional[float] = None
        self._launch_error: Optional[OSError] = None
        self._template_deaths = 0
        self._old_templates: List[int] = []
        self._slots_total = 2 * size + 2
        self._free_slots = list(range(self._slots_total))
        self._closed = False
        self.feeders: "weakref.WeakSet[Any]" = weakref.WeakSet()
        self._fds: List[int] = []
        self.launcher: Launcher
        self.region: Any = None
        try:
            self._set_up(method, setup)
        except BaseException:
            self._tear_down()
            raise

    def _set_up(self, method: str, setup: Any) -> None:
        region_fd = create_region(self._slots_total)
        self._fds.append(region_fd)
        self.region = map_region(region_fd)
        lifeline_r, lifeline_w = os.pipe()
        self._fds += [lifeline_r, lifeline_w]
        self._wake_r, self._wake_w = os.pipe()
        self._fds += [self._wake_r, self._wake_w]
        os.set_blocking(self._wake_r, False)
        os.set_blocking(self._wake_w, False)
        self.poller = poller.create()
        self.poller.add(self._wake_r, poller.READ)

        def cleanup() -> None:
            for fd in (lifeline_w, self._wake_r, self._wake_w):
                os.close(fd)
            self.poller.close()

        self.launcher = Launcher(method, setup, region_fd, lifeline_r, cleanup)
        self.launcher.start()
        self._watch_template()
        _engines.add(self)
        self._register_fork_hook()
        # All threads are made now: later the system may have none left, just when one is needed.
        self.helper.start()
        self.thread = threading.Thread(target=self._run, name=self.name + "-engine", daemon=True)
        with self.lock:
            self._launch_wanted()
        self.thread.start()

    def _tear_down(self) -> None:
        """Undo a construction that failed."""
        _engines.discard(self)
        for worker in self.core.workers.values():
            self._release(worker)
        launcher = self.__dict__.get("launcher")
        if launcher is not None:
            pid = launcher.stop()
            if pid is not None:
                try:
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)
                except (OSError, ChildProcessError):
                    pass
        if "poller" in self.__dict__:
            self.poller.close()
        for fd in self._fds:
            os.close(fd)
        self._fds = []
        if self.region is not None:
            self.region.close()
        self.helper.stop()

    # ---- for callers, from any thread

    def submit(self, task: Task, will_wait: bool = False) -> None:
        """Take a task; write it to an idle worker at once if there is one. Raises what :meth:`refusal` says.

        ``will_wait``: the caller calls :meth:`lead` for it at once.
        """
        with self.lock:
            engine_core = self.core
            if engine_core.state is not core.OPEN and not (engine_core.state is core.CLOSING and engine_core.producers):
                raise self.refusal()
            if self._expected is not None:
                self._give_back(self._expected)
            engine_core.add(task)
            if engine_core.idle:
                if (will_wait or self._lead_hint >= LEAD_HABIT) and len(engine_core.queue) == 1 and self._short():
                    # Before the worker can answer, or it would wake the engine's thread first.
                    self._take_lead(next(reversed(engine_core.idle)), task)
                    self._expected = task
                self._dispatch()
            elif not engine_core.eager and len(engine_core.workers) < engine_core.size:
                self._launch_wanted()

    def submit_many(self, tasks: List[Task]) -> int:
        """As :meth:`submit`, for several at once. Raises if none was taken, else returns how many were."""
        with self.lock:
            engine_core = self.core
            if engine_core.state is not core.OPEN and not (engine_core.state is core.CLOSING and engine_core.producers):
                raise self.refusal()
            for task in tasks:
                engine_core.add(task)
            self._dispatch()
        return len(tasks)

    def refusal(self) -> BaseException:
        """The error for a task that comes too late."""
        if self.foreign:
            return RuntimeError(self.foreign_text())
        if self.cause is not None and (self.kind == "executor" or not self._terminating):
            return self.broken_error()
        if self.kind == "executor":
            return RuntimeError("cannot schedule new futures after shutdown")
        return ValueError("Pool not running")

    def broken_error(self) -> BaseException:
        """A fresh exception each time: many callers raise it, each adding its own traceback."""
        cause = self.cause
        if isinstance(cause, PoolBroken):
            error = PoolBroken(*cause.args, **cause.__dict__)
            error.__cause__ = cause.__cause__
            return error
        return PoolBroken("the pool is broken", reason="unknown")

    def foreign_text(self) -> str:
        return (
            "this pool belongs to process %d; process %d is a fork of it and has no workers. "
            "Make a pool of its own here." % (self.pid, os.getpid())
        )

    def lead(self, task: Task) -> None:
        """Called by a thread that is about to wait for ``task``: read its worker's answer here, if it comes soon.

        That saves waking this engine's thread just to have it wake the caller. Gives up after LEAD_MS, so that
        the caller can wait in the usual way.
        """
        worker = task.worker
        if worker is None or task.state is not core.ASSIGNED or worker.items != task.count:
            return
        io = worker.io
        fd = io.result_fd
        with self.lock:
            if io.leader is not task:
                if io.leader is not None or task.state is not core.ASSIGNED or not self._short():
                    return
                self._take_lead(worker, task)
                if io.leader is not task:
                    return
            self._expected = None
            self._lead_hint = min(LEAD_HABIT, self._lead_hint + 1)
        ready: Sequence[Any] = ()
        try:
            if io.poll is None:
                io.poll = select.poll()
                io.poll.register(fd, select.POLLIN)
            ready = io.poll.poll(LEAD_MS)
        finally:
            with self.lock:
                # It may have died meanwhile, and the descriptor may be another's.
                if self._targets.get(fd, (None, None))[1] is worker:
                    if ready:
                        self._read(worker)
                    if io.leader is task and fd in self._targets:
                        self.poller.add(fd, poller.READ)
                if io.leader is task:
                    io.leader = None
                settled, self._settled = self._settled, []
                errands, self._errands = self._errands, []
            if settled:
                self._deliver(settled)
            for errand in errands:
                self.helper.call(errand)

    def unlead(self, task: Task) -> None:
        """The caller will not :meth:`lead` for this task after all (it waits in another way)."""
        with self.lock:
            self._give_back(task)

    def _give_back(self, task: Task) -> None:
        self._expected = None
        self._lead_hint = 0
        worker = task.worker
        if worker is not None and worker.io is not None and worker.io.leader is task:
            worker.io.leader = None
            if worker.io.result_fd in self._targets:
                self.poller.add(worker.io.result_fd, poller.READ)

    def _short(self) -> bool:
        """Are tasks so short that it pays to wait for the answer of one?"""
        return self.core.cost is not None and self.core.cost <= LEAD_NS and not self.poller.needs_wake

    def _take_lead(self, worker: Worker, task: Task) -> None:
        io = worker.io
        if io.leader is None and io.result_fd in self._targets:
            io.leader = task
            io.led = time.monotonic()
            self.poller.remove(io.result_fd)

    def cancel(self, task: Task) -> bool:
        with self.lock:
            return self.core.cancel(task)

    def cancel_owners(self, owners: Sequence[Any]) -> None:
        """Cancel the queued tasks of these owners; nobody asks for their results any more."""
        if not owners:
            return
        wanted = set(map(id, owners))
        with self.lock:
            for task in self.core.queue:
                if id(task.owner) in wanted:
                    self.core.cancel(task)
        self.wake()

    def close(self, cancel: bool = False) -> None:
        """No more tasks from callers. With ``cancel``, those that wait are cancelled."""
        with self.lock:
            self.core.close()
            cancelled = self.core.cancel_queued() if cancel else []
        for task in cancelled:
            owner = task.owner
            if hasattr(owner, "_cancelled_by_us"):
                owner._cancelled_by_us()
            else:
                error = CancelledError("the pool was shut down before the task began")
                for i in range(task.done, task.count):
                    owner._deliver(task.index + i, error)
        for feeder in list(self.feeders):
            feeder.pool_closed()
        self.wake()

    def terminate(self, text: str = "the pool was terminated", sig: int = signal.SIGTERM) -> None:
        """End everything now: tasks fail with PoolBroken, workers get ``sig`` and soon SIGKILL. Does not wait."""
        with self.lock:
            if not self._terminating and not self.finished.is_set():
                self._terminating = True
                if self.cause is None:
                    self.cause = PoolBroken(text, reason="terminated")
                self._fail_everything()
                self._end_workers(sig)
        for feeder in list(self.feeders):
            feeder.pool_closed()
        self.wake()

    def abandon(self, how: str) -> None:
        """The last reference to the pool is gone. Called by the garbage collector: takes no lock."""
        self._abandoned = how
        self.wake()

    def wake(self) -> None:
        try:
            os.write(self._wake_w, b"x")
        except (BlockingIOError, OSError):
            pass

    def join(self, timeout: Optional[float] = None) -> bool:
        """Wait until everything has ended: workers, template, callbacks, the thread."""
        if self.foreign or threading.current_thread() is self.thread:
            return True
        if threading.current_thread() is self.helper._thread:
            # A callback that waits for the pool must not wait for itself.
            return self.finished.wait(timeout)
        self.thread.join(timeout)
        if self.thread.is_alive():
            return False
        self.helper.join(timeout)
        self.log_helper.join(0.5)
        return True

    def workers(self) -> List[WorkerInfo]:
        found = []
        with self.lock:
            for worker in list(self.core.workers.values()):
                io = worker.io
                task = None
                if io is not None and worker.held:
                    seq, stage = io.slot.state()
                    held = self._in_hand(worker, seq)
                    if held is not None and stage != IDLE:
                        task = held[0].owner._describe(held[0].index + held[1])[0]
                pid = io.pid if io is not None else None
                memory = postmortem.resident(pid) if pid is not None else None
                found.append(WorkerInfo(pid, worker.state, task, worker.tasks_done, memory))
        return found

    def log(self, level: int, text: str, *args: Any, exc_info: Any = None) -> None:
        self.log_helper.call(lambda: logger.log(level, text, *args, exc_info=exc_info))

    # ---- the thread

    def _run(self) -> None:
        while True:
            self._sleep_until = self._next_tick
            now = time.monotonic()
            timeout = -1.0 if self._next_tick == float("inf") else max(0.0, self._next_tick - now)
            try:
                events = self.poller.wait(timeout)
            except OSError:
                if self.foreign:
                    return
                raise
            with self.lock:
                try:
                    self._handle(events)
                except BaseException as error:
                    # A bug of ours must not leave callers waiting.
                    self.log(logging.ERROR, "safepool: internal error; the pool is broken", exc_info=error)
                    self._break("the pool's engine failed: %r" % error, "engine", error)
                settled, self._settled = self._settled, []
                errands, self._errands = self._errands, []
            if settled:
                self._deliver(settled)
            del settled
            for errand in errands:
                self.helper.call(errand)
            errands = []
            if self._closed:
                break
        self._cleanup()

    def _deliver(self, settled: List[Tuple[Any, int, Any]]) -> None:
        """Tell owners; without the lock, in whatever thread."""
        position, count = 0, len(settled)
        while position < count:
            owner, index, entry = settled[position]
            position += 1
            try:
                many = getattr(owner, "_deliver_many", None)
                if many is None:
                    owner._deliver(index, entry)
                    continue
                batch = [(index, entry)]
                while position < count and settled[position][0] is owner:
                    batch.append(settled[position][1:])
                    position += 1
                many(batch)
            except BaseException as error:
                self.log(logging.ERROR, "safepool: delivering a result failed", exc_info=error)

    def _handle(self, events: Sequence[Tuple[int, int]]) -> None:
        for fd, _mask in events:
            if fd == self._wake_r:
                try:
                    os.read(self._wake_r, 4096)
                except OSError:
                    pass
                continue
            target = self._targets.get(fd)
            if target is None:
                continue
            what, subject = target
            if what == "result":
                self._read(subject)
            elif what == "task":
                self._write_more(subject)
            elif what == "template":
                self._hear_template()
            elif what == "pidfd":
                self._bury(subject, postmortem.Status(None))
        now = time.monotonic()
        if self._abandoned is not None:
            how, self._abandoned = self._abandoned, None
            if how == "terminate" and not self._terminating:
                self._terminating = True
                self.cause = self.cause or PoolBroken("the pool was garbage collected", reason="terminated")
                self._fail_everything()
                self._end_workers(signal.SIGTERM)
            else:
                self.core.close()
        if now >= self._next_tick:
            self._tick(now)
        if self.core.queue:
            self._dispatch()
        if self.core.state is not core.OPEN:
            self._wind_down(now)

    def _soon(self, when: float) -> None:
        """See to it that :meth:`_tick` runs at ``when``."""
        if when < self._next_tick:
            self._next_tick = when
            if when < self._sleep_until and threading.current_thread() is not self.thread:
                self.wake()

    # ---- tasks to workers

    def _dispatch(self) -> None:
        engine_core = self.core
        while engine_core.queue and engine_core.idle:
            if not self._feed(next(reversed(engine_core.idle))):
                break
        if engine_core.queue and len(engine_core.workers) < engine_core.size:
            self._launch_wanted()

    def _feed(self, worker: Worker) -> bool:
        """Send the worker what it should have now."""
        tasks = self.core.take(worker)
        if not tasks:
            return False
        units: List[Any] = []
        lengths: List[int] = []
        parts: List[Any] = []
        watched = False
        for task in tasks:
            payload = task.payload
            if type(payload) is tuple:
                units.append(payload)
            else:
                units.append(payload.unit)
                lengths += payload.packed.lengths
                parts += payload.packed.parts
            if task.limits is not None:
                watched = True
        io = worker.io
        self._write(worker, wire.frame(wire.TASKS, (tasks[0].seq, units), lengths), parts)
        io.seen = -1
        self._soon(time.monotonic() + (BATCH_CHECK if worker.items > 1 or watched else STALL_CHECK))
        return True

    def _write(self, worker: Worker, head: bytes, parts: Sequence[Any] = ()) -> None:
        io = worker.io
        if parts or io.out:
            if not io.large:
                self._enlarge(io)
            io.out += [memoryview(part).cast("B") for part in (head, *parts) if len(part)]
            if io.task_fd not in self._targets:
                self._targets[io.task_fd] = ("task", worker)
                self.poller.add(io.task_fd, poller.WRITE)
                if self.poller.needs_wake:
                    self.wake()
            self._write_more(worker)
            return
        try:
            written = os.write(io.task_fd, head)
        except BlockingIOError:
            written = 0
        except OSError:
            return  # it is dead or dying, and its death will be reported
        if written < len(head):
            io.out.append(memoryview(head)[written:])
            self._targets[io.task_fd] = ("task", worker)
            self.poller.add(io.task_fd, poller.WRITE)
            if self.poller.needs_wake:
                self.wake()

    def _write_more(self, worker: Worker) -> None:
        io = worker.io
        try:
            while io.out:
                io.out = wire.consume(io.out, os.writev(io.task_fd, io.out[: wire.IOV_MAX]))
        except BlockingIOError:
            return
        except OSError:
            io.out = []
        if self._targets.pop(io.task_fd, None) is not None:
            self.poller.remove(io.task_fd)

    def _enlarge(self, io: Io) -> None:
        """Bigger pipes, once a worker has large messages: an unprivileged user has 64 MiB of them in all."""
        io.large = True
        for fd in (io.task_fd, io.result_fd):
            try:
                fcntl.fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE)
            except OSError:
                pass

    # ---- results from workers

    def _read(self, worker: Worker, rest: bool = False) -> None:
        """Read what is there. ``rest``: all of it, since the worker is dead."""
        io = worker.io
        parser = io.parser
        budget = 1 << 24
        while rest or budget > 0:
            target = parser.target()
            try:
                if target is not None:
                    count = os.readv(io.result_fd, [target])
                    if not count:
                        break
                    message = parser.fed(count)
                    budget -= count
                    if message is not None:
                        self._message(worker, *message)
                    continue
                data = os.read(io.result_fd, wire.READ_SIZE)
            except BlockingIOError:
                return
            except OSError:
                break
            if not data:
                break
            budget -= len(data)
            try:
                messages = parser.feed(data)
            except (ValueError, EOFError, TypeError):
                self._kill(worker, ("protocol",))
                return
            for message in messages:
                self._message(worker, *message)
            if len(data) < wire.READ_SIZE and parser.target() is None:
                return
            if parser.target() is not None and not io.large:
                self._enlarge(io)
        else:
            return
        # End of file: the worker closed its end, or is dead, which the template will report.
        if self._targets.pop(io.result_fd, None) is not None:
            self.poller.remove(io.result_fd)

    def _message(self, worker: Worker, kind: int, envelope: Any, buffers: List[bytearray]) -> None:
        if kind == wire.RESULTS:
            first, busy, entries = envelope
            if buffers:
                buffers.reverse()
                for i, entry in enumerate(entries):
                    if type(entry) is tuple and entry[0] == LARGE:
                        mine = [buffers.pop() for _ in range(entry[2])]
                        entries[i] = (entry[1], mine[0], *entry[3:], mine[1:])
            self._results(worker, first, entries, busy)
            if worker.held:
                if self.core.queue:
                    self._feed(worker)
                if worker.items > 1 or worker.held[0].limits is not None:
                    self._soon(time.monotonic() + BATCH_CHECK)
            elif worker.state is core.IDLE:
                if self.core.worn_out(worker):
                    self._stop(worker)
                    self._launch_wanted()
                elif self.core.queue:
                    self._feed(worker)
                elif len(self.core.workers) > 1:
                    self._look_for_stuck(worker)
        elif kind == wire.READY:
            if worker.state is core.STARTING:  # else it was told to stop meanwhile
                self.core.ready(worker)
                self._dispatch()
        elif kind == wire.START_FAILED:
            worker.io.start_error = envelope

    def _look_for_stuck(self, idle: Worker) -> None:
        """A worker has nothing to do: if others hold tasks that they have not begun, look after them soon."""
        if len(self.core.idle) < len(self.core.workers):
            for worker in self.core.workers.values():
                if len(worker.held) > 1:
                    self._soon(time.monotonic() + BATCH_CHECK)
                    return

    def _results(self, worker: Worker, first: int, entries: Sequence[Any], busy: int = 0) -> None:
        try:
            settled = self.core.delivered(worker, first, entries, busy)
        except core.IllegalTransition as error:
            self.log(logging.ERROR, "safepool: %s; the worker is killed", error)
            self._kill(worker, ("protocol",))
            return
        out = self._settled
        for task, item, entry in settled:
            if type(entry) is tuple and entry[0] == SKIPPED:
                self._refill(task)
            else:
                out.append((task.owner, task.index + item, entry))

    def _refill(self, part: Task) -> None:
        """Give a detached rest of a chunk its payload: in the helper thread, since pickling runs users' code."""
        owner = part.owner

        def pickle_again() -> None:
            try:
                owner._refill(part)
            except BaseException as error:
                with self.lock:
                    if part.state is not core.DETACHED:
                        return
                    items = self.core.drop(part)
                for task, i in items:
                    task.owner._deliver(task.index + i, error)
                self.wake()
                return
            with self.lock:
                if part.state is core.DETACHED:
                    if self.core.state in (core.OPEN, core.CLOSING):
                        self.core.attach(part)
                        self._dispatch()
                        return
                    items = self.core.drop(part)
                else:
                    return
            for task, i in items:
                task.owner._deliver(task.index + i, self.broken_error())
            self.wake()

        self._errands.append(pickle_again)
        if threading.current_thread() is not self.thread:
            self.wake()

    # ---- workers come and go

    def _launch_wanted(self) -> None:
        now = None
        for _ in range(self.core.wanted()):
            if now is None:
                now = time.monotonic()
                if now < self._launch_after:
                    self._soon(self._launch_after)
                    return
            if not self._free_slots:
                return
            try:
                self._launch()
            except OSError as error:
                self._launch_failed(error)
                return

    def _launch(self) -> None:
        worker = self.core.launch()
        fds: List[int] = []
        index = self._free_slots.pop()
        try:
            fds += os.pipe()
            fds += os.pipe()
            task_r, task_w, result_r, result_w = fds
            os.set_blocking(task_w, False)
            os.set_blocking(result_r, False)
            slot = Slot(self.region, index)
            slot.clear()
            self.launcher.launch(worker.id, index, task_r, result_w)
        except BaseException:
            for fd in fds:
                os.close(fd)
            self._free_slots.append(index)
            self.core.launch_failed(worker)
            raise
        os.close(task_r)
        os.close(result_w)
        worker.io = Io(slot, task_w, result_r)
        self._targets[result_r] = ("result", worker)
        self.poller.add(result_r, poller.READ)
        if self.poller.needs_wake:
            self.wake()
        first = self.launcher.first_message
        if first is not None:
            self._write(worker, wire.frame(wire.SETUP, None, [len(first)]), [first])

    def _launch_failed(self, error: OSError) -> None:
        now = time.monotonic()
        self._launch_error = error
        if self._launch_failing is None:
            self._launch_failing = now
            self.log(logging.WARNING, "safepool: cannot start a worker now: %s; will try again", error)
        self._launch_after = now + LAUNCH_RETRY
        self._soon(self._launch_after)
        if now - self._launch_failing > LAUNCH_PATIENCE and not self.core.workers:
            self._break("no worker can be started: %s" % error, "start", error)

    def _watch_template(self) -> None:
        assert self.launcher.control is not None
        fd = self.launcher.control.fileno()
        self._targets[fd] = ("template", None)
        self.poller.add(fd, poller.READ)

    def _hear_template(self) -> None:
        assert self.launcher.control is not None
        for report in self.launcher.reports():
            if report is None:
                self._template_lost()
                return
            if report.operation == template.BROKEN:
                text = report.text.decode("utf-8", "replace")
                last = text.strip().splitlines()[-1] if text.strip() else "no reason given"
                self._break("the workers cannot be prepared: %s" % last, "template", RemoteTraceback(text))
                continue
            worker = self.core.workers.get(report.worker)
            if worker is None:
                continue
            io = worker.io
            if report.operation == template.LAUNCHED:
                io.pid = report.a
                self._launch_failing = None
                if io.pending_signal is not None:
                    self.launcher.signal(worker.id, io.pid, io.pending_signal)
            elif report.operation == template.FAILED:
                self._release(worker)
                self.core.launch_failed(worker)
                self._launch_failed(OSError(report.a, os.strerror(report.a)))
            elif report.operation == template.CGROUP:
                io.cgroup = report.text.decode("utf-8", "replace")
            elif report.operation == template.DIED:
                self._bury(worker, postmortem.from_wait(report.b, report.c))

    def _template_lost(self) -> None:
        """The template is dead. Its workers live on, and have to be watched in another way."""
        control = self.launcher.control
        assert control is not None
        self._targets.pop(control.fileno(), None)
        self.poller.remove(control.fileno())
        pid = self.launcher.stop()
        if pid is not None:
            self._old_templates.append(pid)
        self._reap_templates()
        if self.core.state is core.BROKEN or self._terminating:
            self._end_workers(signal.SIGKILL)
        self._template_deaths += 1
        self.log(logging.WARNING, "safepool: the process that starts workers (pid %s) has died", pid)
        for worker in list(self.core.workers.values()):
            io = worker.io
            if io.pid is None:
                # It may run or not; without its end of the pipe it will leave.
                self._release(worker)
                self.core.launch_failed(worker)
            elif not self._watch_pid(worker):
                self._bury(worker, postmortem.Status(None))
        hopeless = self._template_deaths > 3 + 2 * self.core.size
        if self.core.state in (core.OPEN, core.CLOSING):
            if self.launcher.method == "fork" or hopeless:
                self.core.launching = False
                self._check_stranded()
            else:
                try:
                    self.launcher.start()
                except OSError as error:
                    self._break("the process that starts workers was killed and cannot be replaced", "template", error)
                    return
                self._watch_template()
                self._launch_wanted()

    def _check_stranded(self) -> None:
        if not self.core.launching and not self.core.workers and self.core.state in (core.OPEN, core.CLOSING):
            self._break(
                "the process that starts workers was killed, and so were all workers; "
                "with the start method 'fork' it cannot be made again once threads run. Make a new pool.",
                "template",
                None,
            )

    def _watch_pid(self, worker: Worker) -> bool:
        """Watch a worker whose parent is gone; False if it is dead already."""
        io = worker.io
        try:
            io.pidfd = os.pidfd_open(io.pid)  # type: ignore[attr-defined, unused-ignore]
        except AttributeError:
            try:
                os.kill(io.pid, 0)
            except OSError:
                return False
            self._soon(time.monotonic() + MEMORY_CHECK)
        except OSError:
            return False
        else:
            self._targets[io.pidfd] = ("pidfd", worker)
            self.poller.add(io.pidfd, poller.READ)
            if self.poller.needs_wake:
                self.wake()
        return True

    def _reap_templates(self) -> None:
        for pid in list(self._old_templates):
            try:
                if os.waitpid(pid, os.WNOHANG)[0]:
                    self._old_templates.remove(pid)
            except ChildProcessError:
                self._old_templates.remove(pid)

    def _kill(self, worker: Worker, why: Optional[Tuple[Any, ...]], sig: int = signal.SIGKILL) -> None:
        io = worker.io
        if why is not None and io.killed is None:
            io.killed = why
        if io.pid is None:
            io.pending_signal = sig
            return
        try:
            self.launcher.signal(worker.id, io.pid, sig)
        except OSError:
            pass

    def _stop(self, worker: Worker) -> None:
        """Ask an idle worker to end by itself."""
        self.core.stop(worker)
        worker.io.stop_at = time.monotonic() + STOP_GRACE
        self._soon(worker.io.stop_at)
        self._write(worker, wire.frame(wire.STOP, None))

    def _release(self, worker: Worker) -> None:
        """Close what belongs to a worker that is dead."""
        io = worker.io
        for fd in (io.task_fd, io.result_fd, io.pidfd):
            if fd is not None:
                if self._targets.pop(fd, None) is not None:
                    self.poller.remove(fd)
                os.close(fd)
        index = io.slot.index
        io.slot.release()
        self._free_slots.append(index)

    def _bury(self, worker: Worker, status: postmortem.Status) -> None:
        """A worker is dead: find out what it had done, what it was doing, and why it died; go on without it."""
        io = worker.io
        if worker.state is core.STOPPING and not worker.held:
            self._release(worker)
            self.core.died(worker, worker.next, IDLE)
            self._after_death()
            return
        self._read(worker, rest=True)
        was_starting = worker.state is core.STARTING
        if worker.id not in self.core.workers:
            return
        seq, stage = io.slot.state()
        if seq < worker.next:
            # It had sent the result and died before it noted that.
            seq, stage = worker.next, IDLE
        elif seq > worker.sent:
            # The memory makes no sense: blame the first task, which is at least among the suspects.
            seq, stage = worker.next, RUNNING
        base, blobs = io.slot.journal(seq)
        if blobs:
            try:
                self._results(worker, base, list(map(codec.from_journal, blobs)))
            except (ValueError, EOFError, TypeError):
                pass
        killed = io.killed
        oom = evidence = None
        if status.exitcode == -signal.SIGKILL and killed is None:
            oom, evidence = self.oom.verdict(io.cgroup)
        ours = killed is not None and killed[0] in ("timeout", "memory")
        casualties = self.core.died(
            worker, seq, stage, by_signal=(status.exitcode or 0) < 0, may_retry=not ours
        )
        cause = self._cause_word(status, oom, killed)
        text_stage = STAGES.get(stage, "running") if not was_starting else "starting"
        self.log(logging.INFO, "safepool: worker %s died while %s (%s)", io.pid, text_stage, cause)
        attributes: Dict[str, Any] = {
            "pid": io.pid,
            "exitcode": status.exitcode,
            "signal": postmortem.signal_name(-status.exitcode) if (status.exitcode or 0) < 0 else None,
            "cause": cause,
            "oom": oom,
            "evidence": evidence,
            "stage": text_stage,
            "rss": status.peak or io.peak or None,
        }
        if casualties.victim is not None and not casualties.retried:
            task, item = casualties.victim
            error = self._death_error(task, item, attributes, status, killed)
            self._settled.append((task.owner, task.index + item, error))
        elif casualties.victim is not None:
            task, item = casualties.victim
            error = self._death_error(task, item, attributes, status, killed)
        else:
            error = WorkerDied(
                postmortem.message(io.pid, status, text_stage, None, None, oom, evidence, 0),
                **attributes,
            )
        for task, item in casualties.lost:
            lost = self._death_error(task, item, dict(attributes, cause="result lost"), status, killed, lost=True)
            self._settled.append((task.owner, task.index + item, lost))
        death = error
        if isinstance(error, TaskTimeout):
            # For the caller the task was too slow; in the list of deaths it is the death of a worker.
            note = "the pool killed it since the task ran longer than its timeout of %g s" % error.timeout
            text = postmortem.message(io.pid, status, text_stage, error.task, error.index, None, None, 0, note)
            extra = {"task": error.task, "index": error.index, "attempts": error.attempts}
            death = WorkerDied(text, **dict(attributes, **extra))
        else:
            # A copy: the one that is raised collects its callers' frames, and with them all that they hold.
            death = type(error)(*error.args, **error.__dict__)
        if not self._terminating:
            self.deaths.append(death)
        if self.on_death is not None and not self._terminating:
            on_death = self.on_death
            self._errands.append(lambda: on_death(death))
        for part in casualties.detached:
            self._refill(part)
        start_error = io.start_error
        self._release(worker)
        if start_error is not None:
            self._break("a worker could not start: %s" % start_error[0], "initializer", RemoteTraceback(start_error[1]))
        elif was_starting and self.core.start_hopeless:
            self._break("the workers die before they can work; the last: %s" % error, "start", error)
        self._after_death()

    def _after_death(self) -> None:
        if self.core.state in (core.OPEN, core.CLOSING):
            self._launch_wanted()
            self._dispatch()
            self._check_stranded()

    @staticmethod
    def _cause_word(status: postmortem.Status, oom: Optional[str], killed: Optional[Tuple[Any, ...]]) -> str:
        if killed is not None:
            return {"timeout": "timeout", "memory": "memory limit", "terminate": "terminated"}.get(killed[0], killed[0])
        if status.exitcode is None:
            return "unknown"
        if oom is not None:
            return "oom"
        return "signal" if status.exitcode < 0 else "exit"

    def _death_error(
        self,
        task: Task,
        item: int,
        attributes: Dict[str, Any],
        status: postmortem.Status,
        killed: Optional[Tuple[Any, ...]],
        lost: bool = False,
    ) -> Any:
        owner = task.owner
        call, index = owner._describe(task.index + item)
        attributes = dict(attributes, task=call, index=index, attempts=max(1, task.attempts))
        position = "" if index is None else "task %d, " % index
        if killed is not None and killed[0] == "timeout" and not lost:
            return TaskTimeout(
                "%s%s ran longer than its timeout of %g s; its worker (pid %s) was %s and has been killed"
                % (position, call, killed[1], attributes["pid"], attributes["stage"]),
                timeout=killed[1],
                **{k: attributes[k] for k in ("pid", "stage", "task", "index", "attempts")},
            )
        others = owner._others()
        note = ""
        if killed is not None and killed[0] == "memory" and not lost:
            note = "the pool killed it since it held %s, more than its memory limit of %s" % (
                postmortem.size(killed[2]),
                postmortem.size(killed[1]),
            )
            attributes["rss"] = killed[2]
        elif killed is not None and killed[0] == "protocol":
            note = "the pool killed it since its answer made no sense"
        text = postmortem.message(
            attributes["pid"], status, attributes["stage"], call, index, attributes["oom"], attributes["evidence"],
            others, note, lost,
        )  # fmt: skip
        if killed is not None and killed[0] == "memory" and not lost:
            return MemoryLimitExceeded(text, limit=killed[1], **attributes)
        return WorkerDied(text, **attributes)

    # ---- deadlines

    def _in_hand(self, worker: Worker, seq: int) -> Optional[Tuple[Task, int]]:
        for task in worker.held:
            if task.seq <= seq < task.seq + task.count:
                return task, seq - task.seq
        return None

    def _tick(self, now: float) -> None:
        """Look at every worker that may need attention; sets when to look next."""
        self._next_tick = float("inf")
        for worker in list(self.core.workers.values()):
            io = worker.io
            if io.stop_at is not None and now >= io.stop_at:
                self._escalate(worker, now)
            if io.stop_at is not None:
                self._soon(io.stop_at)
            if io.pid is not None and io.pidfd is None and self.launcher.control is None:
                try:
                    os.kill(io.pid, 0)
                except OSError:
                    self._bury(worker, postmortem.Status(None))
                    continue
                self._soon(now + MEMORY_CHECK)
            if worker.held:
                self._check_busy(worker, now)
            elif worker.suspended:
                # It holds nothing, so nothing is lost with it; a pool at full size is worth more.
                if io.suspended_at is None:
                    io.suspended_at = now
                if now - io.suspended_at >= UNRESPONSIVE:
                    self._kill(worker, ("unresponsive",))
                else:
                    self._soon(io.suspended_at + UNRESPONSIVE)
            else:
                io.suspended_at = None
        if self._old_templates:
            self._reap_templates()
        if self._launch_failing is not None and now >= self._launch_after:
            self._launch_wanted()
            if self._launch_failing is not None and not self.core.workers:
                assert self._launch_error is not None
                self._launch_failed(self._launch_error)

    def _check_busy(self, worker: Worker, now: float) -> None:
        io = worker.io
        if io.leader is not None and now - io.led > STALL_CHECK and io.result_fd in self._targets:
            # The caller that had taken over was torn away, by Ctrl-C perhaps.
            io.leader = None
            self.poller.add(io.result_fd, poller.READ)
        word = io.slot.words[STATE]
        seq, stage = io.slot.state()
        moved = word != io.seen
        if moved:
            io.seen, io.seen_at = word, now
        if io.revoking:
            if now - io.revoking >= REVOKE_GRACE:
                self._decide(worker, seq, stage)
            else:
                self._soon(io.revoking + REVOKE_GRACE)
        else:
            if seq > worker.next:
                # Finished and not sent: the worker is busy with something longer. Take it from the journal.
                base, blobs = io.slot.journal(seq)
                # If BASE is beyond what we know, there is something in the pipe that comes first.
                if blobs and base <= worker.next:
                    self._results(worker, base, list(map(codec.from_journal, blobs)))
            started = stage not in (IDLE, READING)
            if self.core.boundary(worker, seq, started) < worker.sent:
                # It holds tasks that it has not begun. If it does not move and another one is idle, that one
                # shall have them.
                if moved or io.out:
                    self._soon(now + (BATCH_CHECK if worker.items > 1 else STALL_CHECK))
                elif not started and not self.core.idle and now - io.seen_at < UNRESPONSIVE:
                    # Nobody could take over now. If it never begins, it is stopped, or never got the message.
                    self._soon(io.seen_at + UNRESPONSIVE)
                elif self.core.idle or not started:
                    io.slot.words[REVOKE_FROM] = UNDECIDED
                    io.slot.words[REVOKE_END] = worker.sent
                    io.revoking = now
                    self._soon(now + REVOKE_GRACE)
        held = self._in_hand(worker, seq)
        if held is not None:
            self._check_limits(worker, held[0], stage, now)

    def _decide(self, worker: Worker, seq: int, stage: int) -> None:
        """The worker's note is visible by now: what begins after it is ours again."""
        io = worker.io
        io.revoking = 0.0
        end = io.slot.words[REVOKE_END]
        start = self.core.boundary(worker, seq, stage not in (IDLE, READING))
        if start >= end:
            start = end
        io.slot.words[REVOKE_FROM] = start
        if start < end and self.core.take_back(worker, start, end):
            io.suspended_at = None
            self._soon(time.monotonic() + UNRESPONSIVE)
            self._dispatch()

    def _check_limits(self, worker: Worker, task: Task, stage: int, now: float) -> None:
        limits = task.limits
        if limits is None or worker.io.killed is not None:
            return
        io = worker.io
        if limits.timeout is not None:
            if stage == IDLE or stage == READING:
                # Given to it and not begun: stopped perhaps. Nothing is lost if another one does it.
                began = io.seen_at if not io.out else now
                stuck: Tuple[Any, ...] = ("unresponsive",)
            else:
                began = io.slot.words[STARTED] / 1e9
                stuck = ("timeout", limits.timeout)
            if now - began >= limits.timeout:
                self._kill(worker, stuck)
                return
            self._soon(began + limits.timeout)
        if limits.memory_limit is not None and io.pid is not None:
            memory = postmortem.resident(io.pid)
            if memory is not None:
                io.peak = max(io.peak, memory)
                if memory > limits.memory_limit and stage not in (IDLE, READING):
                    self._kill(worker, ("memory", limits.memory_limit, memory))
                    return
            self._soon(now + MEMORY_CHECK)

    def _escalate(self, worker: Worker, now: float) -> None:
        io = worker.io
        if io.killed is None:
            io.killed = ("terminate",)
            io.stop_at = now + TERM_GRACE
            self._kill(worker, None, signal.SIGTERM)
        else:
            io.stop_at = now + 1.0
            self._kill(worker, None, signal.SIGKILL)

    # ---- the end

    def _break(self, text: str, reason: str, cause: Optional[BaseException]) -> None:
        """The pool cannot go on: every task fails, and later ones are refused."""
        if self.core.state not in (core.OPEN, core.CLOSING):
            return
        self.log(logging.ERROR, "safepool: %s", text)
        broken = PoolBroken(text, reason=reason)
        broken.__cause__ = cause
        self.cause = broken
        self._fail_everything()
        self._end_workers(signal.SIGTERM)

    def _fail_everything(self) -> None:
        for task, item in self.core.fail_all():
            self._settled.append((task.owner, task.index + item, self.broken_error()))
        if self.core.state is not core.BROKEN and self.core.state is not core.CLOSED:
            self.core.close()

    def _end_workers(self, sig: int) -> None:
        now = time.monotonic()
        for worker in self.core.workers.values():
            if worker.state is not core.STOPPING:
                self.core.stop(worker)
            if worker.io.killed is None:
                worker.io.killed = ("terminate",)
            self._kill(worker, None, sig)
            worker.io.stop_at = now + TERM_GRACE
            self._soon(worker.io.stop_at)

    def _wind_down(self, now: float) -> None:
        """Closing, or broken: when nothing is left to do, end the workers, then the template."""
        engine_core = self.core
        if engine_core.state is core.CLOSED:
            return
        if engine_core.state is core.BROKEN or engine_core.drained:
            for worker in list(engine_core.workers.values()):
                if worker.state is core.IDLE or (worker.suspended and worker.state is core.BUSY):
                    self._stop(worker)
                elif worker.state is core.STARTING:
                    engine_core.stop(worker)
                    self._write(worker, wire.frame(wire.STOP, None))
                    worker.io.stop_at = now + STOP_GRACE
                    self._soon(worker.io.stop_at)
            if not engine_core.workers and (engine_core.state is core.BROKEN or engine_core.drained):
                engine_core.move(core.CLOSED)
                self._closed = True

    def _cleanup(self) -> None:
        """The last thing the thread does."""
        control = self.launcher.control
        if control is not None:
            self._targets.pop(control.fileno(), None)
            self.poller.remove(control.fileno())
            pid = self.launcher.stop()
            if pid is not None:
                self._old_templates.append(pid)
        deadline = time.monotonic() + TERM_GRACE * 3
        while self._old_templates:
            self._reap_templates()
            if not self._old_templates:
                break
            if time.monotonic() > deadline:
                for pid in self._old_templates:
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except OSError:
                        pass
            time.sleep(0.001)
        with self.lock:
            self.poller.close()
            self._targets.clear()
            fds, self._fds = self._fds, []
            for fd in fds:
                os.close(fd)
            self._wake_w = -1
            self.region.close()
        _engines.discard(self)
        self.helper.stop()
        self.log_helper.stop()
        self.finished.set()

    # ---- forks of the parent

    @staticmethod
    def _register_fork_hook() -> None:
        global _hooked
        if not _hooked:
            _hooked = True
            os.register_at_fork(after_in_child=_forget_engines)

    def forget(self) -> None:
        """In a fork of the parent: this pool is not ours. Close what would keep its workers alive."""
        self.foreign = True
        self.lock = threading.Lock()
        self.core.state = core.CLOSED
        fds, self._fds = self._fds, []
        for fd in fds:
            os.close(fd)
        for worker in self.core.workers.values():
            if worker.io is not None:
                for fd in (worker.io.task_fd, worker.io.result_fd, worker.io.pidfd):
                    if fd is not None:
                        try:
                            os.close(fd)
                        except OSError:
                            pass
        if self.launcher.control is not None:
            self.launcher.control.close()
        self.poller.close()
        self._wake_w = -1


_engines: "weakref.WeakSet[Engine]" = weakref.WeakSet()
_hooked = False


def _forget_engines() -> None:
    for engine in list(_engines):
        engine.forget()
    _engines.clear()


def _at_exit_executors() -> None:
    """Executors finish their work before the interpreter ends, as the standard one does."""
    global _exiting
    _exiting = True
    engines = [engine for engine in list(_engines) if engine.kind == "executor"]
    for engine in engines:
        engine.close()
    for engine in engines:
        engine.join()


def _at_exit_pools() -> None:
    """Pools that nobody closed are terminated, as the standard one is."""
    for engine in list(_engines):
        engine.terminate("the interpreter exits")
    for engine in list(_engines):
        engine.join(5)


def exiting() -> bool:
    """Has the interpreter begun to end?"""
    # Before 3.9 nothing tells us before the hooks of atexit, ours being one of many.
    return _exiting or (sys.version_info < (3, 9) and not threading.main_thread().is_alive())


_exiting = False
atexit.register(_at_exit_pools)
if hasattr(threading, "_register_atexit"):
    threading._register_atexit(_at_exit_executors)
else:
    atexit.register(_at_exit_executors)

__all__ = ["RAISED", "Engine", "Parcel", "WorkerInfo"]
