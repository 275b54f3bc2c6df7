"""The engine's own thread: waits for everything (results, deaths, wake-ups, deadlines), never for one worker, and
never longer than ``selector.LONGEST``; whoever wakes looks at everything, so that an event that is lost costs a
moment, and no more.

No signal handler runs in it. So what a handler tore in another thread is mended here, and the end of the pool is here.
"""

import _thread
import logging
import signal
import threading
from typing import Any, Callable, Optional, Sequence, Tuple

from ..core import states
from ..core.states import Task, Worker
from ..errors import PoolBroken
from ..protocol.clock import now, pause
from ..protocol.originals import getpid
from .answers import Answers
from .burial import Burial
from .inspection import HEARTBEAT, Inspection
from .outcomes import INSISTENCE
from .parts import AtHand, Parts
from .reports import Reports
from .staffing import Staffing
from .turns import Turns


def never_return() -> None:
    """A fork copies no threads; but where gevent made a greenlet of one, that goes on in the child.

    It has nothing to do there, and can't end in peace either: ``threading`` has forgotten it, and says so by a traceback.
    """
    forever = _thread.allocate_lock()
    forever.acquire()
    forever.acquire()


class Loop(AtHand):
    """``abandoned`` anybody may set: the pool's last reference is gone, and it is to "close" or to "terminate".

    ``at_end`` is called when everything else has ended.
    """

    def __init__(
        self,
        parts: Parts,
        turns: Turns,
        staffing: Staffing,
        answers: Answers,
        burial: Burial,
        at_end: Callable[[], None],
    ) -> None:
        super().__init__(parts)
        self._turns = turns
        self._staffing = staffing
        self._answers = answers
        self._burial = burial
        self._reports = Reports(parts, staffing, burial)
        self._inspection = Inspection(parts, staffing, answers, burial, self._reports)
        self._at_end = at_end
        self.abandoned: Optional[str] = None
        self.beginning: Any = None  # of the pool: a thread that was made for another one is called off
        self._running: Any = None  # the one whose thread sees to everything, or has, until the end
        self.foreign = False  # is this a fork of the pool's process?
        self.finished = threading.Event()

    def is_running(self) -> bool:
        """Does the thread see to everything, or has, until the end?"""
        beginning = self.beginning
        return beginning is not None and self._running is beginning

    def run(self, beginning: Any, runs: Callable[[], None] = lambda: None) -> None:
        """The thread, from its beginning to the end of the pool. It calls ``runs`` when :meth:`is_running` has become true."""
        if self.beginning is not beginning:
            return
        began_in = getpid()
        try:
            self._running = beginning
            runs()
            try:
                self._outcomes.callbacks.start()  # now: later the system may have no thread left, just when one is needed
            except (RuntimeError, MemoryError):
                pass  # it is tried again when it is needed, and at every heartbeat
            self._inspection.heartbeat = now() + HEARTBEAT
            while self._core.state is not states.CLOSED and not self.foreign and self.beginning is beginning:
                found = self._selector.wait(idle=not self._turns.inbox)
                self._turns.mine(lambda found=found: self._work(found))  # type: ignore[misc]
        finally:
            if not self.foreign and self.beginning is beginning:
                self._end_in_any_case()
            elif getpid() != began_in:
                never_return()

    def _work(self, found: Sequence[Tuple[str, Any]]) -> None:
        try:
            self._handle(found)
        except BaseException as error:
            self._failed(error)
        self._outcomes.deliver(True)
        taken_back = self._core.taken_back
        while taken_back:
            task = taken_back[0]
            task.owner.settle_cancelled(task.index + task.done, task.count - task.done)
            del taken_back[0]

    def _handle(self, found: Sequence[Tuple[str, Any]]) -> None:
        """Everything that happened, everything that was asked, everything that is due."""
        if self._turns.torn_by is not None:
            self._mend()
        self._turns.take_in()  # before the answers: who answers gets his next tasks at once, as many as make a batch
        for what, subject in found:
            worker = None if subject is None else self._core.workers.get(subject.id)
            if what == "template":
                self._reports.hear()
            elif worker is not None and worker is subject:  # else it was buried a moment ago
                self._attend(what, worker)
        self._turns.work(1 << 30)
        if self.abandoned is not None:
            how, self.abandoned = self.abandoned, None
            if how == "terminate":
                self._shutdown.terminate("the pool was garbage collected", signal.SIGTERM)
            else:
                self._shutdown.close()
        moment = now()
        if moment >= self._selector.next_tick or moment >= self._inspection.heartbeat:
            self._inspection.tick(moment)
        if self._core.queue:
            self._staffing.deal()
        if self._shutdown.closing or self._core.state is not states.OPEN:
            self._shutdown.wind_down()

    def _attend(self, what: str, worker: Worker) -> None:
        if what == "result":
            self._answers.read(worker)
        elif what == "task":
            worker.io.channel.flush()
            self._answers.check_channel(worker)
        elif what == "pidfd":
            self._burial.died(worker, None)

    # ---- what must not be, and is borne

    def _failed(self, error: BaseException) -> None:
        """A bug of ours must not leave callers waiting."""
        self._outcomes.log(logging.ERROR, "safepool: internal error; the pool is broken", exc_info=error)
        try:
            if self._core.state not in (states.OPEN, states.CLOSING):
                raise error  # it failed again, while the pool was ended: there is no orderly way
            self._shutdown.break_(f"the pool's engine failed: {error!r}", "engine")
        except BaseException:
            self._last_resort()

    def _mend(self) -> None:
        """Break a pool that was torn: nobody waits for what was lost with it."""
        by, self._turns.torn_by = self._turns.torn_by, None
        self._outcomes.deliver(True)
        try:
            text = f"{by} hit the pool in the middle of handing over a task; make a new pool"
            self._shutdown.break_(text, "interrupted")
        except BaseException:
            self._last_resort()
        self._core.give_up_all(self._shutdown.fail)  # those in no place where breaking the pool looks
        self._turns.torn_by = by  # while the messages are worked off: their tasks may be half taken in
        try:
            self._turns.work(1 << 30)
        finally:
            self._turns.torn_by = None

    def _last_resort(self) -> None:
        """Even breaking the pool in an orderly way failed. Nobody may wait for ever: tell all, kill all, leave."""
        if self._shutdown.cause is None:
            self._shutdown.cause = PoolBroken("the pool's engine failed", reason="engine")
        self._core.state = states.CLOSED
        self._core.give_up_all(self._shutdown.fail)
        for worker in list(self._core.workers.values()):
            if worker.io is not None:
                self._outcomes.guarded(self._workers.kill, worker, None)
        for _operation, *arguments in list(self._turns.inbox):
            for argument in arguments:
                several = argument if isinstance(argument, list) else [argument]
                for task in several:
                    if isinstance(task, Task):
                        self._shutdown.fail(task)
        self._turns.inbox.clear()  # not before: what was found there is told, whatever becomes of this attempt
        self._core.queue.clear()

    # ---- the end

    def _last_messages(self) -> None:
        """Who left a message before the state said that the pool has ended is told here; who looks later sees to it himself.

        One that fails is passed over: those behind it may be of callers that wait.
        """
        inbox = self._turns.inbox
        while inbox:
            try:
                self._turns.work(1 << 30)
            except MemoryError:
                raise  # it is tried again
            except Exception as error:
                self._outcomes.log(logging.DEBUG, "safepool: a message that came at the end failed: %r", error)
                inbox.popleft()

    def _deliver(self) -> None:
        self._outcomes.deliver(True)
        if self._outcomes.settled:
            raise MemoryError

    def _end_in_any_case(self) -> None:
        """Without memory, not even for going from one step to the next, all are taken again, for a while."""
        tries = INSISTENCE
        try:
            while tries > 0 and not self.finished.is_set():
                tries -= 1
                try:
                    self._end()
                except MemoryError:
                    try:
                        pause(0.05)
                    except MemoryError:
                        pass
        finally:
            self.finished.set()

    def _end(self) -> None:
        """The last thing the thread does: each step by itself, and the last one always. Any may be taken twice."""
        insist = self._outcomes.insist
        if self._core.state is not states.CLOSED:
            insist(self._turns.mine, self._last_resort)  # the thread could not go on
        insist(self._core.give_up_all, self._shutdown.fail)
        insist(self._turns.mine, self._last_messages)
        insist(self._deliver)
        insist(self._shutdown.end_templates)
        for worker in list(self._core.workers.values()):
            insist(self._workers.release, worker)
        insist(self._at_end)
        self.finished.set()
