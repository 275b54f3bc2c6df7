"""What is late: a batch that does not move, a task over its limits, a worker that does not end. Pure functions of
what they are given.

Each look at a worker is given the facts (:class:`Facts`, read from shared memory and from the core) and the worker's
:class:`Attention`, which is nothing but what was seen before; it answers what to do now and when to look again. The engine
does it.
"""

from typing import Callable, NamedTuple, Optional, Tuple

from ..protocol.words import IDLE, READING

#: Seconds until a worker is looked at that holds several items, or one.
BATCH_CHECK = 0.002
STALL_CHECK = 0.1
#: Seconds. How long a worker's note needs to become visible before tasks are taken back (``_revoked`` in worker/chunks.py).
REVOKE_GRACE = 0.001
#: A worker that was taken back everything, and does not say for so long that it has seen that, is replaced.
UNRESPONSIVE = 2.0
MEMORY_CHECK = 0.05
MAX_PACE = 0.02
#: Between SIGTERM and SIGKILL.
TERM_GRACE = 0.3

NEVER = float("inf")

# What is to be done with a worker that holds tasks.
TAKE_JOURNAL = "take what it has finished from the journal"
REVOKE = "take back what it has not begun"
DECIDE = "decide what was taken back"


class Attention:
    """What was seen of one worker at earlier looks, and when to look next."""

    __slots__ = ("look_at", "pace", "read_at", "revoked", "revoking", "seen", "seen_at", "suspended_at")

    def __init__(self) -> None:
        self.look_at = NEVER
        self.pace = 0.0  # between two looks, while it moves on
        self.seen = -1  # its word at the last look
        self.seen_at = 0.0  # when that was new
        self.read_at = 0.0  # when its pipe was last read without being asked
        self.revoking = 0.0  # since when we wait to decide
        self.revoked = (0, 0)  # the items that were last taken back: from, to (exclusive)
        self.suspended_at: Optional[float] = None

    def fresh(self) -> None:
        """It was sent something."""
        self.seen = -1
        self.pace = BATCH_CHECK

    def next_pace(self) -> float:
        """Seconds until the next look at a worker that moves on: it gets along without us, and looking costs."""
        self.pace = min(max(self.pace, BATCH_CHECK) * 2, MAX_PACE)
        return self.pace


class Facts(NamedTuple):
    """A worker that holds tasks, as it is now."""

    now: float  # seconds
    word: int  # STATE in its slot
    seq: int  # the item in hand or next
    stage: int
    next: int  # the next item whose result is awaited
    sent: int  # the next item to be sent
    items: int  # held and unfinished
    boundary: int  # the first item that it has not begun, and that can be taken back
    unwritten: bool  # has its pipe not taken everything yet?
    others_idle: bool

    @property
    def started(self) -> bool:
        return self.stage not in (IDLE, READING)


def busy(attention: Attention, facts: Facts) -> Tuple[Optional[str], float]:
    """What to do about a worker that holds tasks (None: nothing), and when to look again."""
    moved = facts.word != attention.seen
    moment = facts.now
    if moved:
        attention.seen, attention.seen_at = facts.word, moment
    if attention.revoking:
        if moment - attention.revoking >= REVOKE_GRACE:
            return DECIDE, NEVER
        return None, attention.revoking + REVOKE_GRACE
    unsent = facts.seq > facts.next
    # Finished and not sent: the worker is busy with something longer.
    action = TAKE_JOURNAL if unsent and not moved else None
    if facts.boundary < facts.sent:
        # It holds tasks that it has not begun. If it does not move and another one is idle, that one shall have them.
        if moved or facts.unwritten:
            return action, moment + (attention.next_pace() if facts.items > 1 else STALL_CHECK)
        if not facts.started and not facts.others_idle and moment - attention.seen_at < UNRESPONSIVE:
            # Nobody could take over now. If it never begins, it is stopped, or never got the message.
            return action, attention.seen_at + UNRESPONSIVE
        if facts.others_idle or not facts.started:
            if action is not None:
                return action, moment  # and then again, at once
            attention.revoking = moment
            return REVOKE, moment + REVOKE_GRACE
        return action, NEVER
    if unsent:
        return action, moment + (attention.next_pace() if moved else STALL_CHECK)
    return action, NEVER


def idle(attention: Attention, suspended: bool, moment: float) -> Tuple[bool, float]:
    """Of a worker that holds nothing: is it to be replaced, and when to look again?

    A suspended one does not say that it has seen that everything was taken back. Nothing is lost with it; a pool at full
    size is worth more.
    """
    if not suspended:
        attention.suspended_at = None
        return False, NEVER
    if attention.suspended_at is None:
        attention.suspended_at = moment
    until = attention.suspended_at + UNRESPONSIVE
    return moment >= until, until


def decide(attention: Attention, facts: Facts, end: int) -> Tuple[int, int]:
    """The worker's note is visible by now: (the first item that is taken back, what REVOKE_FROM is to say). ``end``:
    REVOKE_END.

    What begins after the worker's note is ours again. It may not have come to what was taken back before: then that stays
    revoked, or the worker would run it after all.
    """
    attention.revoking = 0.0
    start = min(facts.boundary, end)
    first = attention.revoked[0] if facts.seq < attention.revoked[1] else start
    if first < end:
        attention.revoked = (first, end)
    return start, first


class Over(NamedTuple):
    """A limit that is passed: "timeout", or "unresponsive" (given to the worker, and not begun for that long)."""

    what: str


def timeout(limit: float, facts: Facts, seen_at: float, began: float) -> Tuple[Optional[Over], float]:
    """Is the task in hand over its timeout (seconds), and if not, when? ``began``: when the worker began it."""
    if not facts.started:
        # Given to it and not begun: stopped perhaps. Nothing is lost if another one does it.
        since, what = (facts.now if facts.unwritten else seen_at), "unresponsive"
    else:
        since, what = began, "timeout"
    if facts.now - since >= limit:
        return Over(what), NEVER
    return None, since + limit


def memory(
    limit: int, facts: Facts, held: Optional[int], baseline: Optional[int], dirty: Callable[[], Optional[int]]
) -> Optional[int]:
    """How many bytes the worker has taken, if that is over its task's memory limit; else None.

    ``held``: its resident memory in bytes, ``baseline``: that before its first task with a limit (None: it cannot be told).
    A forked worker is born with all that its parent holds, and a file that it maps is resident, too: neither is what the limit
    is for. ``dirty`` is asked last, since it takes a while: how many bytes it shares with nobody and has written (None: that
    cannot be told).
    """
    if held is None or baseline is None or held - baseline <= limit or not facts.started:
        return None
    own = dirty()
    return held - baseline if own is None or own > limit else None
