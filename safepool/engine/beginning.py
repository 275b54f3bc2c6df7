"""How a pool begins: its memory, its processes, its thread; and what becomes of that if it fails half-way.

Any step may fail (no descriptors, no memory, no processes), and a signal's handler may tear the caller away between any two. Then
all is undone, whoever asked meanwhile is told, and the next call tries again.
"""

import itertools
import threading
from typing import TYPE_CHECKING, Any, Callable, List, Optional

from ..core import states
from ..core.states import Task
from ..errors import PoolBroken
from ..protocol.bell import Bell
from ..protocol.descriptors import close_all, note_pipe
from ..protocol.originals import getpid
from ..protocol.region import create_region, map_region
from ..protocol.threads import Thread
from . import hooks
from .launcher import Launcher
from .loop import Loop
from .parts import AtHand, Parts
from .staffing import Staffing
from .turns import Turns

if TYPE_CHECKING:
    from .engine import Engine

#: How long a caller whose beginning failed waits for its undoing, in seconds.
UNDO_WITHIN = 3.0


class Beginning(AtHand):
    """Of the pool of ``engine``; by this start ``method``, with this ``setup`` (initializer, initargs).

    ``begun``: has it begun, or is about to? Anybody may read it, and ``thread``, the engine's own, and ``pid``.
    """

    loop: Loop

    def __init__(
        self, parts: Parts, turns: Turns, staffing: Staffing, engine: "Engine", method: str, setup: Any
    ) -> None:
        super().__init__(parts)
        self._turns = turns
        self._staffing = staffing
        self._engine = engine
        self._method, self._setup = method, setup
        self._starting = threading.RLock()  # reentrant only so that it can be asked whose it is
        self._bell = Bell()  # where those sleep who wait for a beginning
        self._fds: List[int] = []
        self._region: Any = None
        self.begun = False
        self._undoer: Optional[Thread] = None  # the last one
        self.thread: Optional[Thread] = None
        self.pid = getpid()

    def start(self) -> None:
        """Make the processes and the thread, if that was not done before.

        Raises OSError if no process can be made; nothing is left behind then, and the next call tries again. Raises what
        ``Engine.refusal`` says if the pool was ended before it has begun. Where another thread is at it, or this one further
        down (a signal handler interrupted it), this returns at once: who asks leaves a message.
        """
        if not self.begun:
            self._alone(self._begin)

    def instead(self, operation: Callable[..., None], *arguments: Any) -> bool:
        """Do this at once, since the pool has not begun, and nobody is at it.

        False, and nothing is done, if it has, or somebody is: then there is, or will be, a thread that sees a message.
        """
        done = []

        def do() -> None:
            if not self.begun:
                operation(*arguments)
                done.append(True)

        if not self.begun:
            self._alone(do)
        return bool(done)

    def is_held_here(self) -> bool:
        """Is a frame of this thread at it?"""
        owned: bool = self._starting._is_owned()  # type: ignore[attr-defined]
        return owned

    def _alone(self, work: Callable[[], None]) -> bool:
        """Do this while nobody begins the pool. False, and nothing is done, if somebody does, even this thread further down.

        The lock, step by step: see ``turns.Turns.turn``. Who could not have it has left a message before, or leaves one; so who
        lets it go looks for messages, if there is nobody else to see them.
        """
        lock = self._starting
        if self.is_held_here():
            return False
        try:
            if not lock.acquire(False):
                return False
            with lock:
                lock.release()
                work()
        except BaseException:
            while self.is_held_here():
                lock.release()
            self._let_others_on()
            raise
        self._let_others_on()
        return True

    def _let_others_on(self) -> None:
        self._bell.ring()
        if self._is_torn():
            self._alone(self._mend)
        self._look_for_messages()

    def _is_torn(self) -> bool:
        """Has it begun, does nothing run, and does nobody undo that? If nobody is at it, either: a second exception came before
        the undoing of what the first one tore, or the thread for that ended at once."""
        undoer = self._undoer
        return self.begun and not self.loop.is_running() and (undoer is None or undoer.is_gone())

    def _mend(self) -> None:
        if self._is_torn():
            self._undo()

    def _look_for_messages(self) -> None:
        while self._turns.inbox and not self.begun and self._alone(self._tell_who_asked):
            pass

    def wait(self, timeout: Optional[float] = None) -> None:
        """Where another thread is in the middle of it: until that has succeeded or failed, or ``timeout`` seconds.

        Without the lock: whoever wants to begin, and does not get it, takes it that somebody else is at it.
        """

        def come() -> bool:
            if self._is_torn():
                self._alone(self._mend)
            return not self._is_done_elsewhere()

        self._bell.wait(come, timeout)

    def _is_done_elsewhere(self) -> bool:
        return self.begun and not self.loop.is_running() and not self.is_held_here()

    def _begin(self) -> None:
        if self.begun:
            return
        if self._core.state not in (states.OPEN, states.CLOSING):
            raise self._engine.refusal()  # it was ended since the caller has looked
        try:
            self.begun = True  # in here: whoever is torn away afterwards undoes it, too
            self.pid = getpid()
            hooks.register(self._engine)
            self._selector.open()
            with hooks.one_at_a_time():
                self._set_up()
            self.loop.beginning = beginning = object()
            self.thread = thread = Thread(self.loop.run, self._engine.name + "-engine", beginning, self._bell.ring)
            self._selector.thread = thread
            self._turns.begin()
            thread.start()
            # If it ends before it can see to anything, nobody else would know.
            self._bell.wait(lambda: self.loop.is_running() or thread.is_gone())
            if not self.loop.is_running():
                raise RuntimeError(
                    "can't start new thread: the pool's own ended at once, for want of memory most likely"
                )
        except BaseException:
            self._undo()
            raise

    def _undo(self) -> None:
        """Have :meth:`_tear_down` done by a thread made for it, in which no handler runs; wait for that, but not for long.

        What tore the beginning away may come again, in the middle of the clean-up.
        """
        # Torn away inside ``start()``, nobody knows whether the thread is there, or about to be: this calls it off.
        self.loop.beginning = None
        thread, self.thread = self.thread, None
        once, done = [True], []

        def undo() -> None:
            try:
                once.pop()
            except IndexError:
                return  # the thread that was made for it is there after all
            try:
                if thread is not None and thread.is_alive():
                    self._selector.wake()
                    thread.join(UNDO_WITHIN / 2)
                self._turns.mine(self._tear_down)
            finally:
                self.begun = False
                self._outcomes.guarded(self._tell_who_asked)
                done.append(True)
                self._bell.ring()

        self._undoer = undoer = Thread(undo, self._engine.name + "-undo")
        try:
            undoer.start()
        except BaseException:
            undo()  # no thread left, perhaps that was why; or torn away again, and it may be there or not
        self._bell.wait(lambda: done or undoer.is_gone(), UNDO_WITHIN)
        if not done and undoer.is_gone():
            undo()  # it ended at once, as the pool's own perhaps

    def _set_up(self) -> None:
        region_fd = create_region(self._workers.slots, self._fds)
        self._region = map_region(region_fd)
        note_pipe(self._fds)
        lifeline_r, lifeline_w = self._fds[-2:]

        def cleanup() -> None:
            """In the template: close what belongs to the parent alone."""
            close_all([lifeline_w, *self._selector.fds])
            self._workers.forget()
            self._selector.close_poller()
            hooks.forget_all()  # of other pools

        launcher = Launcher(self._method, self._setup, region_fd, lifeline_r, cleanup, self._engine.kind)
        self._staffing.begin(launcher, self._region)

    def _tear_down(self) -> None:
        """Undo a beginning that failed. Each step by itself. Who has left a task meanwhile is told."""
        self._turns.begin_failed()
        workers, templates = self._workers, self._templates
        if templates.launcher is not None:
            self._outcomes.guarded(templates.let_go, True)
            self._outcomes.guarded(self._shutdown.end_templates)
        for worker in list(self._core.workers.values()):
            if worker.io is not None:
                self._outcomes.guarded(workers.release, worker)
        self._outcomes.guarded(self.release)
        self._core.forget_workers()
        self._tell_who_asked()

    def _tell_who_asked(self) -> None:
        """There is no pool to do it: the tasks that were left meanwhile fail. What else was asked is done."""
        tasks: List[Task] = []
        self._core.give_up_all(tasks.append)
        self._core.queue.clear()
        while self._turns.inbox:
            operation, *arguments = self._turns.inbox.popleft()
            several = itertools.chain.from_iterable(one if isinstance(one, list) else [one] for one in arguments)
            found = [one for one in several if isinstance(one, Task)]
            tasks += found
            if not found:
                self._outcomes.guarded(operation, *arguments)
        error = self._shutdown.broken_error() or PoolBroken(
            "the pool could not begin, or was interrupted there; the next call tries again", reason="start"
        )
        for task in tasks:
            task.shut()
            for item in range(task.done, task.count):
                self._outcomes.guarded(task.owner.settle_item, task.index + item, error)

    def release(self) -> None:
        """The last steps of an end: what is left in this process. Each may be taken again."""
        insist = self._outcomes.insist
        insist(hooks.engines.discard, self._engine)
        insist(self._selector.close)
        insist(close_all, self._fds)
        if self._region is not None:
            insist(self._region.close)
        if self.thread is not None:
            insist(self._outcomes.stop)

    def forget(self) -> None:
        """In a fork of the parent."""
        close_all(self._fds)
