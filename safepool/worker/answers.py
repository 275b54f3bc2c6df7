"""The answers of a worker: noted in the journal as they are made, sent together.

The order of the notes is what makes a post-mortem right: STATE moves past an item only when its result is in the
journal or in the pipe, and the journal is emptied only when the pipe has it all.
"""

from typing import Any, List

from ..protocol import codec, wire
from ..protocol.clock import now_ns
from ..protocol.codec import Packed
from ..protocol.originals import getpid
from ..protocol.region import ARENA_SIZE
from ..protocol.slots import BASE, JOURNAL_SIZE, MAX_ENTRIES, MODE, REVOKE_END, REVOKE_FROM, STATE, TAKEN, Slot
from ..protocol.words import (
    IDLE,
    LARGE,
    NOT_PICKLED,
    PICKLING,
    RESULTS,
    SENDING,
    STAGE_BITS,
    TIED,
    TIED_RESULTS,
    UNDECIDED,
    VALUE,
)
from .channel import Channel, Interrupts
from .children import doze
from .failures import describe, safe_repr
from .strangers import leave, raised_here

#: A result is sent at the latest when this many nanoseconds have passed since its task began (if the next one is
#: not running yet: else the parent finds it in the journal).
FLUSH_NS = 1_000_000


class Outbox:
    """Results that are not sent yet, and the journal that keeps them safe until they are."""

    def __init__(self, channel: Channel, slot: Slot) -> None:
        self.channel = channel
        self.slot = slot
        self.words = slot.words
        self.interrupts = Interrupts()
        self.pid = getpid()
        self.seq = 0  # the next item
        self.first = 0  # the first item whose result is not sent
        self.out: List[Any] = []  # the entries not sent
        self.tied = False  # is one of them TIED?
        self.in_arena = 0  # how many answers have been put into the arena
        self.began = 0  # when the first of them began
        self.mode = 0  # what the journal holds: numbers of one type, or anything (0)
        self.position = 0  # end of the journal's data
        self.entries = 0  # in the journal
        self._revoke_end = 0  # up to where the parent takes items back

    def check(self, error: BaseException) -> None:
        """What a task raised has been caught: if that was in a fork of the worker, end that process."""
        if getpid() != self.pid:
            leave(None if raised_here(error) else error)

    def flush(self) -> None:
        """Send what is finished. The journal keeps it until it is in the pipe."""
        if getpid() != self.pid:
            # A child of a task that came back to us without having been noticed: code in C forked, which runs no hooks.
            leave(None)
        out = self.out
        if not out:
            self.words[MODE] = self.mode = 0
            return
        lengths: List[int] = []
        parts: List[Any] = []
        for i, entry in enumerate(out):
            if type(entry) is tuple and type(entry[1]) is Packed:
                packed = entry[1]
                out[i] = (LARGE, entry[0], len(packed.lengths), *entry[2:])
                lengths += packed.lengths
                parts += packed.parts
        busy = now_ns() - self.began
        kind = TIED_RESULTS if self.tied else RESULTS
        self.tied = False
        # The last is asked last: it takes addresses for the arena. If there are none, the parts go through the pipe.
        if parts and self.words[TAKEN] == self.in_arena and sum(lengths) <= ARENA_SIZE and len(self.slot.answers):
            wire.put(self.slot.answers, parts)
            kind |= wire.IN_ARENA
            parts = []
            self.in_arena += 1
        self.channel.send(kind, (self.first, busy, out), lengths, parts)
        self.out = []
        self.first = self.words[BASE] = self.seq
        self.words[MODE] = self.mode = self.position = self.entries = 0

    def finish(self, entry: Any, last: bool) -> None:
        """Item ``seq`` is done. Its result goes to the journal, or out at once."""
        large = type(entry) is tuple and type(entry[1]) is Packed
        if large or self.mode:
            # The small ones before a large one must not share its fate; and a journal of numbers holds no other.
            self.flush()
        self.out.append(entry)
        number = self.seq
        if not last and not large:
            blob = codec.journal_entry(entry)
            if blob is not None and len(blob) + self.position <= JOURNAL_SIZE and self.entries < MAX_ENTRIES:
                end = self.position + len(blob)
                self.slot.data[self.position : end] = blob
                self.slot.ends[self.entries] = end
                self.position = end
                self.entries += 1
                self.seq = number + 1
                self.words[STATE] = (number + 1) << STAGE_BITS | IDLE
                return
        self.words[STATE] = number << STAGE_BITS | SENDING
        self.seq = number + 1
        self.flush()
        self.words[STATE] = (number + 1) << STAGE_BITS | IDLE

    def pickle(self, result: Any) -> Any:
        self.words[STATE] = self.seq << STAGE_BITS | PICKLING
        interrupts = self.interrupts
        try:
            try:
                interrupts.in_task = True
                packed, tied = codec.dumps_result(result)
                self.tied = self.tied or tied
                return (TIED if tied else VALUE, packed)
            finally:
                interrupts.in_task = False
        except BaseException as error:
            interrupts.in_task = False
            self.check(error)
            return (NOT_PICKLED, False, safe_repr(error), safe_repr(result), describe(error))

    # ---- items that the parent takes back

    def revoked(self, seq: int) -> bool:
        """The parent takes items back, ``seq`` perhaps among them: wait for its decision (about 1 ms).

        We noted *running seq* before we looked at REVOKE_END, and the parent looks at our note a while after it
        set REVOKE_END. So either we see that, or the parent sees our note.
        """
        # Before the decision: afterwards it may already be that of the next time.
        self._revoke_end = self.words[REVOKE_END]
        while self.words[REVOKE_FROM] == UNDECIDED:
            doze(1)
        return seq >= self.words[REVOKE_FROM]

    def pass_over(self) -> None:
        """All that was revoked is not run here: answer what is done, and say that this worker goes on after it."""
        words = self.words
        words[STATE] = self.seq << STAGE_BITS | IDLE
        self.flush()
        self.seq = self.first = words[BASE] = self._revoke_end
        words[STATE] = self.seq << STAGE_BITS | IDLE
        self.channel.send(RESULTS, (self.seq, 0, []))
