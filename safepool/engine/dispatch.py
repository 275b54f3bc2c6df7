"""Tasks to workers and results from them, by pipes that never block this side."""

import fcntl
import logging
import os
import threading
import time
from typing import Any, List, Sequence

from ..core import states
from ..core.states import Task, Worker
from ..protocol import codec, wire, words
from ..protocol.slots import TAKEN
from ..protocol.words import LARGE, SKIPPED
from . import poller
from .base import EngineBase, Io

#: Seconds until a worker is looked at that holds several items, or one. (See ``watch``.)
BATCH_CHECK = 0.002
STALL_CHECK = 0.1
PIPE_SIZE = 1 << 20
F_SETPIPE_SZ = getattr(fcntl, "F_SETPIPE_SZ", 1031)


class Traffic(EngineBase):
    def _dispatch(self, force: bool = False, answered: bool = False) -> None:
        """Deal tasks out to idle workers; none while workers are :meth:`Core.crowded`, unless ``force`` is true.

        Then one, if the others have ``answered`` meanwhile, else to all: they are busy with something longer.
        """
        engine_core = self.core
        if not force and engine_core.queue and engine_core.idle and engine_core.crowded():
            self._soon(time.monotonic() + BATCH_CHECK)
            return
        while engine_core.queue and engine_core.idle:
            if not self._feed(next(reversed(engine_core.idle))):
                break
            if force and answered and engine_core.crowded():
                self._soon(time.monotonic() + BATCH_CHECK)
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
        kind = words.TASKS
        if parts and self._arena_free(worker) and sum(lengths) <= len(io.slot.tasks):
            wire.put(io.slot.tasks, parts)
            io.in_arena = tasks
            kind |= wire.IN_ARENA
            parts = []
        self._write(worker, wire.frame(kind, (tasks[0].seq, units), lengths), parts)
        io.seen = -1
        io.pace = BATCH_CHECK
        self._look(worker, time.monotonic() + (BATCH_CHECK if worker.items > 1 or watched else STALL_CHECK))
        return True

    @staticmethod
    def _arena_free(worker: Worker) -> bool:
        """Has the worker no task any more, of those that were put there, that it may still read?"""
        return not any(task.state is states.ASSIGNED and task.worker is worker for task in worker.io.in_arena)

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

    def _message(self, worker: Worker, kind: int, envelope: Any, buffers: List[Any]) -> None:
        if kind == words.RESULTS:
            first, busy, entries = envelope
            self._answers += 1
            if buffers:
                if type(buffers[0]) is memoryview:
                    buffers = codec.owned(buffers)
                    worker.io.taken += 1
                    worker.io.slot.words[TAKEN] = worker.io.taken
                buffers.reverse()
                for i, entry in enumerate(entries):
                    if type(entry) is tuple and entry[0] == LARGE:
                        mine = [buffers.pop() for _ in range(entry[2])]
                        entries[i] = (entry[1], mine[0], *entry[3:], mine[1:])
            self._results(worker, first, entries, busy)
            if worker.io.in_arena and self._arena_free(worker):
                worker.io.in_arena = []  # nor keep their owners, and the results that those hold
            if worker.held:
                if self.core.queue:
                    self._feed(worker)
                if worker.items > 1 or worker.held[0].limits is not None:
                    self._look(worker, time.monotonic() + max(BATCH_CHECK, worker.io.pace))
            elif worker.state is states.IDLE:
                if self.core.worn_out(worker):
                    self._stop(worker)
                    self._launch_wanted()
                elif self.core.queue:
                    self._feed(worker)
                elif len(self.core.workers) > 1:
                    self._look_for_stuck(worker)
        elif kind == words.READY:
            if worker.state is states.STARTING:  # else it was told to stop meanwhile
                self.core.ready(worker)
                self._dispatch()
                if worker.state is states.IDLE:
                    self._look_for_stuck(worker)
        elif kind == words.START_FAILED:
            worker.io.start_error = envelope

    def _look_for_stuck(self, idle: Worker) -> None:
        """A worker has nothing to do: if others hold tasks that they have not begun, look after them soon."""
        now = time.monotonic()
        if self._looked_for_stuck + BATCH_CHECK <= now and len(self.core.idle) < len(self.core.workers):
            self._looked_for_stuck = now
            for worker in self.core.workers.values():
                if len(worker.held) > 1 or (worker.items > 1 and worker.held[0].loose):
                    worker.io.pace = BATCH_CHECK
                    self._look(worker, now + BATCH_CHECK)

    def _results(self, worker: Worker, first: int, entries: Sequence[Any], busy: int = 0) -> None:
        try:
            settled = self.core.delivered(worker, first, entries, busy)
        except states.IllegalTransition as error:
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
                owner.refill_part(part)
            except BaseException as error:
                with self.lock:
                    if part.state is not states.DETACHED:
                        return
                    items = self.core.drop(part)
                for task, i in items:
                    task.owner.settle_item(task.index + i, error)
                self.wake()
                return
            with self.lock:
                if part.state is states.DETACHED:
                    if self.core.state in (states.OPEN, states.CLOSING):
                        self.core.attach(part)
                        self._dispatch()
                        return
                    items = self.core.drop(part)
                else:
                    return
            for task, i in items:
                task.owner.settle_item(task.index + i, self._fail())
            self.wake()

        self._errands.append(pickle_again)
        if threading.current_thread() is not self.thread:
            self.wake()
