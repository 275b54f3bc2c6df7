"""The loop of a worker: read tasks, run them, note what is done, answer.

Nothing here is shared with other workers, and nothing waits for anybody but the parent. STATE says *running item n*
before the item is touched. A worker never exits because of what a task raises.
"""

import os
import pickle
import time
from typing import Any, List

from ..protocol import codec
from ..protocol.codec import NUMBERS, TEXT_LIMIT, TEXTS
from ..protocol.slots import BASE, REVOKE_END, STARTED, STATE
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
from .answers import FLUSH_NS
from .chunks import Chunks
from .failures import describe, raised, safe_repr
from .strangers import leave

_CALLS = (CALL, PICKLED_CALL)


class Server(Chunks):
    """The loop of one worker."""

    def _reading(self) -> None:
        self.words[STATE] = self.seq << STAGE_BITS | READING

    # ---- tasks

    def disown_forks(self) -> None:
        """From now on a fork of this process can store nothing in the slot, and ends when it comes back to this loop.

        To ask after each item whether this still is the worker would cost more than many an item takes. A fork is rare, and a
        store to a view that was released costs nothing to refuse (:mod:`~safepool.worker.strangers`).
        """
        os.register_at_fork(after_in_child=self.slot.release)

    def run(self) -> None:
        """Serve until the parent says stop or is gone."""
        self.disown_forks()
        try:
            self._serve()
        except BaseException:
            # In a fork that came back it was a store of ours: the function had returned (else see ``check``).
            if os.getpid() != self.pid:
                leave(None)
            raise

    def _serve(self) -> None:
        words = self.words
        while True:
            words[STATE] = self.seq << STAGE_BITS | IDLE
            message = self.channel.read(self._reading)
            if message is None or message[0] == STOP:
                return
            first, units = message[1]
            if len(units) > 1:
                # There is more to do than one call after the other: then the processor is the parent's.
                self.channel.spin.stop()
            if first != self.seq:
                self.seq = self.first = words[BASE] = first
            self._run_units(units, message[2])

    def _run_units(self, units: List[Any], buffers: List[Any]) -> None:
        words = self.words
        buffers.reverse()
        remaining = len(units)
        clock = time.monotonic_ns
        for unit in units:
            remaining -= 1
            seq = self.seq
            kind = unit[0]
            # First when, then what: the parent must never see this task with the beginning of the one before it, which
            # may be longer ago than the timeout.
            words[STARTED] = now = clock()
            words[STATE] = seq << STAGE_BITS | UNPICKLING
            if words[REVOKE_END] > seq and self._revoked(seq):
                self._pass_over()
                return
            if not self.out:
                self.began = now
            elif now - self.began >= FLUSH_NS:
                self.flush()
                self.began = now
            if kind in _CALLS:
                entry = self._call(unit, buffers)
                self._finish(entry, not remaining or clock() - self.began >= FLUSH_NS)
            else:
                self._chunk(unit, buffers, not remaining)
                if self.passed_over:
                    self.passed_over = False
                    return
        if self.out:
            words[STATE] = self.seq << STAGE_BITS | IDLE
            self.flush()

    def _call(self, unit: Any, buffers: List[Any]) -> Any:
        words = self.words
        interrupts = self.interrupts
        running = self.seq << STAGE_BITS | RUNNING
        stage = UNPICKLING
        try:
            try:
                interrupts.in_task = True
                if unit[0] == CALL:
                    fn = self._load_function(unit[1])
                    args, kwargs = unit[2], None
                elif unit[1] is not None:
                    fn, args, kwargs = pickle.loads(unit[1])
                else:
                    fn, args, kwargs = codec.loads(*self._take(buffers, unit[2]))
                stage = RUNNING
                words[STATE] = running
                result = fn(*args, **kwargs) if kwargs else fn(*args)
            finally:
                interrupts.in_task = False
        except BaseException as error:
            interrupts.in_task = False
            self.check(error)
            words[STATE] = self.seq << STAGE_BITS | PICKLING
            if stage == UNPICKLING:
                return (NOT_UNPICKLED, safe_repr(error), describe(error))
            return raised(error)
        kind = type(result)
        if kind in NUMBERS or (kind in TEXTS and len(result) <= TEXT_LIMIT):
            return result
        return self._pickle(result)
