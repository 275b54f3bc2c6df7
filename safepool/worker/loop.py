"""The loop of a worker: read tasks, run them, note what is done, answer.

Nothing here is shared with other workers, and nothing waits for anybody but the parent. STATE says *running item n*
before the item is touched. A worker never exits because of what a task raises.
"""

from typing import Any, List

from ..protocol import codec
from ..protocol.clock import now_ns
from ..protocol.codec import NUMBERS, TEXT_LIMIT, TEXTS
from ..protocol.originals import System, getpid
from ..protocol.slots import BASE, REVOKE_END, STARTED, STATE, Slot
from ..protocol.words import (
    CALL,
    IDLE,
    NOT_UNPICKLED,
    PICKLED_CALL,
    PICKLING,
    READING,
    RUNNING,
    STAGE_BITS,
    STOP,
    UNPICKLING,
)
from .answers import FLUSH_NS, Outbox
from .channel import Channel
from .chunks import Chunks, Functions, take
from .failures import describe, raised, safe_repr
from .strangers import leave

_CALLS = (CALL, PICKLED_CALL)


class Server:
    """The loop of one worker: takes messages from its channel, and leaves what becomes of them in an outbox."""

    def __init__(self, channel: Channel, slot: Slot) -> None:
        self._channel = channel
        self._slot = slot
        self._words = slot.words
        self._outbox = outbox = Outbox(channel, slot)
        self.interrupts = outbox.interrupts
        self._functions = Functions()
        self._chunks = Chunks(outbox, self._functions)

    @property
    def pid(self) -> int:
        return self._outbox.pid

    def _reading(self) -> None:
        self._words[STATE] = self._outbox.seq << STAGE_BITS | READING

    # ---- tasks

    def disown_forks(self) -> None:
        """From now on a fork of this process can store nothing in the slot, and ends when it comes back to this loop.

        To ask after each item whether this still is the worker would cost more than many an item takes. A fork is rare, and a
        store to a view that was released costs nothing to refuse (:mod:`~safepool.worker.strangers`).
        """
        System.register_at_fork(after_in_child=self._slot.release)

    def run(self) -> None:
        """Serve until the parent says stop or is gone."""
        self.disown_forks()
        try:
            self._serve()
        except BaseException:
            # In a fork that came back it was a store of ours: the function had returned (else see ``check``).
            if getpid() != self.pid:
                leave(None)
            raise

    def _serve(self) -> None:
        words, box = self._words, self._outbox
        while True:
            words[STATE] = box.seq << STAGE_BITS | IDLE
            message = self._channel.read(self._reading)
            if message is None or message[0] == STOP:
                return
            first, units = message[1]
            if len(units) > 1:
                # There is more to do than one call after the other: then the processor is the parent's.
                self._channel.spin.stop()
            if first != box.seq:
                box.seq = box.first = words[BASE] = first
            self._run_units(units, message[2])

    def _run_units(self, units: List[Any], buffers: List[Any]) -> None:
        words, box = self._words, self._outbox
        buffers.reverse()
        remaining = len(units)
        clock = now_ns
        for unit in units:
            remaining -= 1
            seq = box.seq
            kind = unit[0]
            # First when, then what: the parent must never see this task with the beginning of the one before it, which
            # may be longer ago than the timeout.
            words[STARTED] = now = clock()
            words[STATE] = seq << STAGE_BITS | UNPICKLING
            if words[REVOKE_END] > seq and box.revoked(seq):
                box.pass_over()
                return
            if not box.out:
                box.began = now
            elif now - box.began >= FLUSH_NS:
                box.flush()
                box.began = now
            if kind in _CALLS:
                entry = self._call(unit, buffers)
                box.finish(entry, not remaining or clock() - box.began >= FLUSH_NS)
            elif not self._chunks.run(unit, buffers, not remaining):
                return
        if box.out:
            words[STATE] = box.seq << STAGE_BITS | IDLE
            box.flush()

    def _call(self, unit: Any, buffers: List[Any]) -> Any:
        words, box = self._words, self._outbox
        interrupts = self.interrupts
        running = box.seq << STAGE_BITS | RUNNING
        stage = UNPICKLING
        try:
            try:
                interrupts.in_task = True
                if unit[0] == CALL:
                    fn = self._functions.load(unit[1])
                    args, kwargs = unit[2], None
                elif unit[1] is not None:
                    fn, args, kwargs = codec.loads(unit[1])
                else:
                    fn, args, kwargs = codec.loads(*take(buffers, unit[2]))
                stage = RUNNING
                words[STATE] = running
                result = fn(*args, **kwargs) if kwargs else fn(*args)
            finally:
                interrupts.in_task = False
        except BaseException as error:
            interrupts.in_task = False
            box.check(error)
            words[STATE] = box.seq << STAGE_BITS | PICKLING
            if stage == UNPICKLING:
                return (NOT_UNPICKLED, safe_repr(error), describe(error))
            return raised(error)
        kind = type(result)
        if kind in NUMBERS or (kind in TEXTS and len(result) <= TEXT_LIMIT):
            return result
        return box.pickle(result)
