"""One thread that waits for everything: results, deaths, wake-ups, deadlines. It never blocks on one worker.

Callers hand in tasks from any thread; a task for an idle worker is written to its pipe by the caller itself, which
saves a switch to this thread. All decisions are :class:`~safepool.core.decisions.Core`'s, under ``lock``; the lock is held
for decisions and non-blocking system calls only, never while users' code runs or anybody waits. What becomes of
tasks is told to their owners after the lock was released.

Order after a death: read what the worker sent (until there is nothing more, never until end-of-file: a forked
grandchild may hold the pipe), then its journal, then its last word. Only then is anybody blamed.
"""

import logging
import os
import signal
import threading
import time
from typing import Any, List, Optional, Sequence, Tuple

from .. import postmortem
from ..core import states
from ..core.states import Task
from ..errors import PoolBroken
from ..protocol.slots import create_region, map_region
from ..protocol.words import IDLE
from . import hooks, poller
from .base import WorkerInfo
from .fast_path import LEAD_HABIT
from .launcher import Launcher
from .shutdown import Ending


class Engine(Ending):
    """The engine of one pool. ``method`` is the start method, ``setup`` (initializer, initargs)."""

    def __init__(self, *, method: str, setup: Any, **options: Any) -> None:
        super().__init__(**options)
        try:
            self._set_up(method, setup)
        except BaseException:
            self._tear_down()
            raise

    def _set_up(self, method: str, setup: Any) -> None:
        hooks.prepare()
        with hooks.making:
            self._set_up_processes(method, setup)
        self.thread = threading.Thread(target=self._run, name=self.name + "-engine", daemon=True)
        self.thread.start()

    def _set_up_processes(self, method: str, setup: Any) -> None:
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
            for worker in self.core.workers.values():
                os.close(worker.io.task_fd)
                os.close(worker.io.result_fd)
            self.poller.close()

        self.launcher = Launcher(method, setup, region_fd, lifeline_r, cleanup)
        with self.lock:
            self._launch_wanted()
            if not self.core.workers and method == "fork" and setup[0] is None:
                # A pool that makes its workers on demand is about to need one, which the template forks right away.
                try:
                    self._launch()
                except OSError as error:
                    self._launch_failed(error)
        self.launcher.start()
        self._watch_template()
        hooks.register(self)

    def _tear_down(self) -> None:
        """Undo a construction that failed."""
        hooks.engines.discard(self)
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

    def submit(self, task: Task, will_wait: bool = False) -> None:
        """Take a task; write it to an idle worker at once if there is one. Raises what :meth:`refusal` says.

        ``will_wait``: the caller calls :meth:`lead` for it at once.
        """
        with self.lock:
            engine_core = self.core
            if engine_core.state is not states.OPEN and not (
                engine_core.state is states.CLOSING and engine_core.producers
            ):
                raise self.refusal()
            try:
                if self._expected is not None:
                    self._give_back(self._expected)
                engine_core.add(task)
                if engine_core.idle:
                    habit = will_wait or (self._lead_hint >= LEAD_HABIT and task.owner.waited_for_at_once)
                    if habit and len(engine_core.queue) == 1 and self._short() and not engine_core.crowded():
                        # Before the worker can answer, or it would wake the engine's thread first.
                        self._take_lead(next(reversed(engine_core.idle)), task)
                        self._expected = task
                    self._dispatch()
                elif not engine_core.eager and len(engine_core.workers) < engine_core.size:
                    self._launch_wanted()
            except BaseException as error:
                self._torn(error)
                raise

    def submit_many(self, tasks: List[Task]) -> int:
        """As :meth:`submit`, for several at once. Raises if none was taken, else returns how many were."""
        with self.lock:
            engine_core = self.core
            if engine_core.state is not states.OPEN and not (
                engine_core.state is states.CLOSING and engine_core.producers
            ):
                raise self.refusal()
            try:
                for task in tasks:
                    engine_core.add(task)
                self._dispatch()
            except BaseException as error:
                self._torn(error)
                raise
        return len(tasks)

    def refusal(self) -> BaseException:
        """The error for a task that comes too late."""
        if self.foreign:
            return self.foreign_error()
        if self.cause is not None and (self.kind == "executor" or not self._terminating):
            return self._fail()
        if self.kind == "executor":
            return RuntimeError("cannot schedule new futures after shutdown")
        return ValueError("Pool not running")

    def cancel(self, task: Task) -> bool:
        with self.lock:
            return self.core.cancel(task)

    def grow(self, task: Task, item: Any) -> bool:
        with self.lock:
            return self.core.grow(task, item)

    def add_feeder(self, feeder: Any) -> None:
        with self.lock:
            if self.core.state is not states.OPEN:
                raise self.refusal()
            self.core.producers += 1
        self.feeders.add(feeder)

    def remove_feeder(self, feeder: Any) -> None:
        with self.lock:
            self.core.producers -= 1
        self.feeders.discard(feeder)
        self.wake()

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
            task.owner.settle_cancelled(task.index + task.done, task.count - task.done)
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

    def join(self, timeout: Optional[float] = None) -> bool:
        """Wait until everything has ended: workers, template, callbacks, the thread."""
        if self.foreign or threading.current_thread() is self.thread:
            return True
        if threading.current_thread() is self.helper._thread:
            # A callback that waits for the pool must not wait for itself.
            return self.finished.wait(timeout)
        thread = self.thread
        if thread is not None:
            thread.join(timeout)
            if thread.is_alive():
                return False
            self.thread = None
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
                        task = held[0].owner.describe_item(held[0].index + held[1])[0]
                pid = io.pid if io is not None else None
                memory = postmortem.resident(pid) if pid is not None else None
                found.append(WorkerInfo(pid, worker.state, task, worker.tasks_done, memory))
        return found

    def _run(self) -> None:
        # All threads are made now: later the system may have none left, just when one is needed. This one is made here
        # and not in the constructor, since a thread's start takes milliseconds while processes are being forked.
        try:
            self.helper.start()
        except RuntimeError as error:
            with self.lock:
                self._break(f"a thread cannot be started: {error}", "thread", error)
        while True:
            self._sleep_until = self._next_tick
            now = time.monotonic()
            # Never longer than a second: whoever waits for a launch that somebody put off must not wait for an event.
            timeout = max(0.0, min(1.0, self._next_tick - now))
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
                    try:
                        if self.core.state not in (states.OPEN, states.CLOSING):
                            raise  # it failed again, while the pool was ended: there is no orderly way
                        self._break(f"the pool's engine failed: {error!r}", "engine", error)
                    except BaseException:
                        self._last_resort()
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
        position, count, begun = 0, len(settled), 0
        ours = threading.current_thread() is self.thread
        try:
            while position < count:
                begun = position
                owner, index, entry = settled[position]
                position += 1
                try:
                    many = getattr(owner, "settle_items", None)
                    if many is None:
                        owner.settle_item(index, entry)
                        continue
                    batch = [(index, entry)]
                    while position < count and settled[position][0] is owner:
                        batch.append(settled[position][1:])
                        position += 1
                    many(batch)
                except Exception as error:
                    if not ours:
                        raise  # it is a signal's
                    self.log(logging.ERROR, "safepool: delivering a result failed", exc_info=error)
        except BaseException as error:
            if ours:
                self.log(logging.ERROR, "safepool: delivering a result failed", exc_info=error)
                self._deliver(settled[position:])
                return
            # Ctrl-C, in a caller's thread, which gives the rest to the engine's thread. Perhaps the one in hand was not told.
            del settled[:begun]
            raise
        del settled[:]

    def _last_resort(self) -> None:
        """Even breaking the pool in an orderly way failed. Nobody may wait for ever: tell all, kill all, leave."""
        self.cause = self.cause or PoolBroken("the pool's engine failed", reason="engine")
        tasks = list(self.core.queue)
        for worker in self.core.workers.values():
            tasks += worker.held
            if worker.io is not None and worker.io.pid is not None:
                try:
                    os.kill(worker.io.pid, signal.SIGKILL)
                except OSError:
                    pass
        self.core.queue.clear()
        self.core.state = states.CLOSED
        for task in tasks:
            if task.state in (states.QUEUED, states.ASSIGNED):
                self._settled += [(task.owner, task.index + i, self._fail()) for i in range(task.done, task.count)]
        self._closed = True

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
        if self._torn_by is not None:
            error, self._torn_by = self._torn_by, None
            text = f"{type(error).__name__} hit the pool in the middle of handing over a task; make a new pool"
            try:
                self._break(text, "interrupted", error)
            except BaseException:
                self._last_resort()
            task, self._torn_task = self._torn_task, None
            if task is not None and task.state in (states.ASSIGNED, states.DONE):
                # Who has been told already takes no second answer.
                self._settled += [(task.owner, task.index + i, self._fail()) for i in range(task.count)]
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
        if self.core.state is not states.OPEN:
            self._wind_down(now)

    def forget(self) -> None:
        """In a fork of the parent: this pool is not ours. Close what would keep its workers alive."""
        self.foreign = True
        self.lock = threading.Lock()
        self.core.state = states.CLOSED
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
