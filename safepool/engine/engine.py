"""The engine of one pool: what callers may ask of it, from any thread.

Who has the engine, and why nobody waits for it: ``turns``. How it begins: ``beginning``. What its own thread does: ``loop``.
"""

import _thread
import contextlib
import itertools
import logging
import signal
from typing import Any, Callable, Iterable, List, Optional, Sequence, Set, Tuple

from .. import postmortem
from ..core import states
from ..core.scheduling import LIGHT_BYTES
from ..core.states import Task
from ..errors import WorkerDied
from ..protocol import codec
from ..protocol.originals import getpid
from ..protocol.words import IDLE
from .answers import Answers
from .arrivals import Arrivals
from .beginning import Beginning
from .burial import Burial
from .callbacks import Helper
from .leading import Leading
from .loop import Loop
from .parts import Parts
from .pickling import Pickling
from .staffing import Staffing
from .turns import COURTESY, Turns
from .workers import WorkerInfo

logger = logging.getLogger("safepool")

_pool_numbers = itertools.count(1)

#: How long a worker may take to end when its pool is closed, in seconds: exit handlers, threads that are no daemons.
EXIT_TIMEOUT = 10.0


class Engine:
    """The engine of one pool; keeps ``contract.EngineContract``.

    ``size`` workers, made at once if ``eager``, else on demand; ``method`` is the start method, ``setup``
    (initializer, initargs); ``max_tasks`` for each worker; ``exit_timeout`` (seconds, None: any time) for its end;
    ``on_death`` is called for each death; ``kind`` ("pool" or "executor") chooses the words of refusals. Processes
    are made by :attr:`start` (``Beginning.start``).
    """

    def __init__(
        self,
        *,
        size: int,
        eager: bool,
        method: str,
        setup: Any,
        max_tasks: Optional[int] = None,
        on_death: Optional[Callable[[WorkerDied], Any]] = None,
        kind: str = "pool",
        exit_timeout: Optional[float] = EXIT_TIMEOUT,
    ) -> None:
        self.name = f"safepool-{next(_pool_numbers)}"
        self.kind = kind
        self.size = size
        self.max_tasks = max_tasks
        self.pickled = codec.Functions().get
        self._feeders: Set[Any] = set()
        self._counted: Set[Any] = set()  # of these, in ``core.producers``; it belongs to whoever has the engine
        self.parts = parts = Parts(self.name, size, eager, max_tasks, exit_timeout)
        self.core = parts.core
        self._selector = parts.selector
        self._outcomes = parts.outcomes
        self._at_work = parts.outcomes.at_work
        self._shutdown = parts.shutdown
        self._fast = parts.fast
        self._turns = Turns(parts.selector, parts.outcomes, self._submit)
        self._staffing = Staffing(parts)
        self._answers = Answers(parts, self._staffing)
        self._arrivals = Arrivals(parts, self._turns)
        self._burial = Burial(parts, self._turns, self._staffing, self._answers, on_death)
        leading = Leading(parts, self._turns, self._answers)
        self.lead, self.unlead = leading.lead, leading.unlead
        self._pickling = Pickling(parts, self._turns, self._staffing)
        self.much_is_queued = parts.core.much_is_queued
        # Bound once: a message that waits should be no more than a tuple.
        self._submit_message, self._submit_many_message = self._turns.taking_in, self._submit_many
        self._beginning = Beginning(parts, self._turns, self._staffing, self, method, setup)
        self._loop = Loop(parts, self._turns, self._staffing, self._answers, self._burial, self._beginning.release)
        self._beginning.loop = self._loop
        self.start = self._beginning.start

    # ---- what it is

    @property
    def pid(self) -> int:
        """The process that the pool belongs to."""
        return self._beginning.pid

    @property
    def state(self) -> str:
        state = self.core.state
        return states.CLOSING if state is states.OPEN and self._shutdown.closing else state

    @property
    def unfinished(self) -> int:
        return self.core.unfinished

    @property
    def deaths(self) -> Iterable[WorkerDied]:
        return self._burial.deaths

    @property
    def foreign(self) -> bool:
        return self._loop.foreign or getpid() != self._beginning.pid

    @property
    def forking(self) -> Optional[int]:
        """The thread that forks a template for this engine just now."""
        return self._staffing.forking

    def batch(self) -> int:
        return self.core.batch()

    def workers(self) -> List[WorkerInfo]:
        found = []
        for worker in list(self.core.workers.values()):
            io = worker.io
            if io is None:
                continue
            task = None
            try:
                identity = io.channel.slot.identity()
                seq, stage = io.channel.slot.state()
                held = self.core.in_hand(worker, seq)
                if held is not None and stage != IDLE:
                    task = held[0].owner.describe_item(held[0].index + held[1])[0]
            except (ValueError, RuntimeError):
                continue  # it has just died
            pid = identity[0] if identity is not None else None
            memory = postmortem.resident(pid) if pid is not None else None
            found.append(WorkerInfo(pid, worker.state, task, worker.tasks_done, memory))
        return found

    # ---- tasks

    def submit(self, task: Task, will_wait: bool = False) -> None:
        """Take a task; write it to an idle worker at once if there is one. Raises what :meth:`refusal` says.

        ``will_wait``: the caller calls :meth:`lead` for it at once.
        """
        core = self.core
        state = core.state
        if state is not states.OPEN and state is not states.CLOSING:
            raise self.refusal()
        if not self._beginning.begun:
            self.start()
        if self._may_do_something_with(task):
            self._turns.ask_at_once(self._submit_message, task, will_wait)
        else:
            # All are busy: nothing to be done at once. Whoever makes one idle, or ends the pool, looks at the messages
            # afterwards, and this thread looks at both after it has left its message: so one of them sees the other.
            inbox = self._turns.inbox
            inbox.append((self._submit_message, task, will_wait))
            if core.idle or core.state is not state or len(inbox) >= COURTESY:
                self._turns.turn()
        if not self._beginning.begun:
            self.start()  # another thread's beginning failed meanwhile, and perhaps did not see this task

    def _may_do_something_with(self, task: Task) -> bool:
        """Is there more to be done with a task that comes than to queue it? For a worker, for its bytes, or for the task before,
        whose caller was expected to read the answer himself and does not come."""
        core = self.core
        return bool(
            core.idle
            or self._fast.expected is not None
            or task.deferred
            or task.size > LIGHT_BYTES
            or not (core.eager or len(core.workers) >= core.size)
        )

    def _submit(self, task: Task, will_wait: bool) -> None:
        core = self.core
        if not self._take_in(task):
            return
        fast = self._fast
        if fast.expected is not None:
            fast.give_back(fast.expected)
        if core.idle:
            habit = will_wait or (fast.habit and task.owner.waited_for_at_once)
            if habit and len(core.queue) == 1 and not task.deferred and fast.pays() and not core.crowded():
                # Before the worker can answer, or it would wake the engine's thread first.
                fast.expect(next(reversed(core.idle)), task)
            self._staffing.deal()
        elif not core.eager and len(core.workers) < core.size:
            self._staffing.launch_wanted()

    def _take_in(self, task: Task) -> bool:
        """Queue a task; or tell its owner why not."""
        if task.state is states.DETACHED:
            state = self.core.state
            if state is states.OPEN or state is states.CLOSING:
                self.core.add(task)
                if task.deferred:
                    self._pickling.prepare()
                return True
        elif self._turns.torn_by is None:
            return False
        error = self.broken_error()
        task.shut()
        if error is None:  # the pool was closed, and has ended, just before this task came
            task.owner.settle_cancelled(task.index, task.count)
        for item in range(task.count if error is not None else 0):
            self._outcomes.settled.append((task, item, error))
        return False

    def submit_many(self, tasks: List[Task]) -> int:
        """As :meth:`submit`, for several at once; returns how many were taken: all."""
        state = self.core.state
        if state is not states.OPEN and state is not states.CLOSING:
            raise self.refusal()
        if not self._beginning.begun:
            self.start()
        self._turns.ask_at_once(self._submit_many_message, tasks)
        if not self._beginning.begun:
            self.start()
        return len(tasks)

    def _submit_many(self, tasks: List[Task]) -> None:
        for task in tasks:
            self._take_in(task)
        if self.core.idle or not self.core.eager:
            self._staffing.deal()

    def cancel(self, task: Task) -> bool:
        if not task.take_back():
            return False
        self._turns.ask(self.core.cancelled, task)
        if self.core.state is not states.OPEN:
            self._selector.wake()  # perhaps that was what the end waited for
        return True

    def cancel_owners(self, owners: Sequence[Any]) -> None:
        """Cancel the queued tasks of these owners; nobody asks for their results any more."""
        if owners:
            self._turns.ask(self._cancel_owners, set(map(id, owners)), list(owners))
            self._selector.wake()

    def _cancel_owners(self, wanted: Any, _alive: Any) -> None:
        for task in self.core.queue:
            if id(task.owner) in wanted:
                self.core.cancel(task)

    def add_feeder(self, feeder: Any) -> None:
        if self.state != states.OPEN:
            raise self.refusal()
        if not self._beginning.begun:
            self.start()
        self._feeders.add(feeder)
        self.look_after(feeder)
        self._turns.ask(self._count, feeder)

    def remove_feeder(self, feeder: Any) -> None:
        self._turns.ask(self._no_more, feeder)
        self._selector.wake()

    def _count(self, feeder: Any) -> None:
        self._counted.add(feeder)
        self.core.producers += 1

    def _no_more(self, feeder: Any) -> None:
        """It may be said more than once: by itself, and by who finds that it is gone."""
        if feeder in self._counted:
            self.core.producers -= 1
            self._counted.remove(feeder)
        self._feeders.discard(feeder)
        self._outcomes.looked_after.discard(feeder)

    def look_after(self, one: Any) -> None:
        self._outcomes.looked_after.add(one)

    # ---- errors

    def refusal(self) -> BaseException:
        """The error for a task that comes too late."""
        if self.foreign:
            return self.foreign_error()
        if self._shutdown.cause is not None and (self.kind == "executor" or not self._shutdown.terminating):
            return self._shutdown.failure()
        if self.kind == "executor":
            return RuntimeError("cannot schedule new futures after shutdown")
        return ValueError("Pool not running")

    def broken_error(self) -> Optional[BaseException]:
        return self._shutdown.broken_error()

    def foreign_error(self) -> BaseException:
        return RuntimeError(
            f"this pool belongs to process {self.pid}; process {getpid()} is a fork of it and has no workers. "
            "Make a pool of its own here."
        )

    def check_may_wait(self) -> None:
        """Raises RuntimeError where waiting for a result could never end: in a fork, and in a signal handler or destructor
        that interrupted the very thread which has the engine."""
        if self.foreign:
            raise self.foreign_error()
        if self._is_held_here():
            raise RuntimeError(
                "a signal handler or a __del__ that interrupted the pool itself cannot wait for it; "
                "let it note what is to be done, and wait elsewhere"
            )
        crew = self._at_work.get(_thread.get_ident())
        if crew is not None:
            crew.make_way()

    def _is_held_here(self) -> bool:
        """Does a frame of this thread have the engine, or make it?"""
        if self._turns.is_held_here() or self._beginning.is_held_here():
            return True
        return self._selector.is_here()

    # ---- users' functions

    def call_back(self, function: Callable[..., Any], *args: Any) -> None:
        self._outcomes.callbacks.call((lambda: function(*args)) if args else function)

    @staticmethod
    def call_back_here(function: Callable[..., Any], *args: Any) -> None:
        Helper.guard(function, *args)

    # ---- the end

    def close(self, cancel: bool = False) -> None:
        """No more tasks from callers. With ``cancel``, those that wait are cancelled. Does nothing in a fork."""
        if self._is_strange("close"):
            return
        self._leave((self._close, cancel))

    def _close(self, cancel: bool) -> None:
        self._shutdown.close()
        if cancel:
            self.core.cancel_queued(
                lambda task: task.owner.settle_cancelled(task.index + task.done, task.count - task.done)
            )

    def terminate(self, text: str = "the pool was terminated", sig: int = signal.SIGTERM) -> None:
        """End everything now: tasks fail with PoolBroken, workers get ``sig`` and soon SIGKILL.

        Does not wait. Does nothing in a fork.
        """
        if self._is_strange("terminate"):
            return
        self._leave((self._shutdown.terminate, text, sig))

    def _leave(self, message: Tuple[Any, ...]) -> None:
        """Leave a message for the engine's thread: what it says takes its time. Before the beginning there is none.

        The message first, then the flag: a signal's handler may raise in between, and a pool that says it is closing
        must be told so.
        """
        if self._beginning.instead(*message):
            return
        self._turns.inbox.append(message)
        self._shutdown.closing = True
        self._selector.wake()
        self._tell_feeders()

    def _tell_feeders(self) -> None:
        for feeder in list(self._feeders):
            feeder.pool_closed()

    def _is_strange(self, what: str) -> bool:
        if self.foreign:
            text = "safepool: %s() in process %s, a fork of the pool's process %s: nothing to do"
            logger.debug(text, what, getpid(), self.pid)
        return self.foreign

    def abandon(self, how: str) -> None:
        """The last reference to the pool is gone. Called by the garbage collector."""
        self._loop.abandoned = how
        self._selector.wake()

    def join(self, timeout: Optional[float] = None) -> bool:
        """Wait until everything has ended: workers, template, callbacks, the thread.

        Returns at once in a fork, and where the calling frame interrupted the engine, or its beginning.
        """
        if self.foreign or self._is_held_here():
            return True
        self._beginning.wait(timeout)
        thread = self._beginning.thread
        if thread is None:
            return True
        if self._outcomes.is_here:
            # A callback that waits for the pool must not wait for itself.
            return self._loop.finished.wait(timeout)
        thread.join(timeout)
        if thread.is_alive():
            return False
        self._outcomes.join(timeout)
        return True

    def forget(self) -> None:
        """In a fork of the parent: this pool is not ours. Close what would keep its workers alive."""
        self._loop.foreign = True
        self._turns.forget()
        self.core.state = states.CLOSED
        self._shutdown.closing = True
        self._beginning.forget()
        steps = [self.parts.workers.forget, self._selector.close]
        if self.parts.templates.launcher is not None:
            steps.append(self.parts.templates.launcher.forget)
        for step in steps:
            with contextlib.suppress(Exception):
                step()
