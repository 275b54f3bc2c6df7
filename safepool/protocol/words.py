"""The words that parent and worker both use, as numbers, and nothing else: this module imports nothing and does nothing."""

from typing import Any

# Frames from the parent to a worker: tasks to run; end now; what a worker needs before it can start.
TASKS, STOP, SETUP = 1, 2, 3
# Frames from a worker to the parent: results; it is ready; its initializer raised; results of which some are TIED.
RESULTS, READY, START_FAILED, TIED_RESULTS = 11, 12, 13, 14

# Units: what a task is in a frame.
CALL, PICKLED_CALL, CHUNK, PICKLED_CHUNK = range(4)

# Flags of a chunk: its items are argument tuples; each has a timeout, so its beginning has to be noted; its items are single
# tasks that only travel together.
STAR, TIMED, LOOSE = 1, 2, 4

# Entries: what becomes of an item. A scalar result is itself; all else is a tuple beginning with one of these. (SKIPPED, count):
# so many items were not begun, and can be pickled again; (SKIPPED, count, True): one by one, since together they are too much.
VALUE, RUN, RAISED, EXITED, NOT_PICKLED, NOT_UNPICKLED, SKIPPED, LARGE = range(8)
# A value whose unpickling needs its worker alive; and, in the parent only, one that was unpickled when it came (or why not).
TIED, MADE = 8, 9

#: What a worker's word STATE says beside the number of the item: ``number << STAGE_BITS | stage``.
STAGE_BITS = 3
STAGE_MASK = 7
IDLE, READING, UNPICKLING, RUNNING, PICKLING, SENDING = range(6)

STAGES = {
    IDLE: "idle",
    READING: "receiving",
    UNPICKLING: "unpickling",
    RUNNING: "running",
    PICKLING: "pickling",
    SENDING: "sending",
}

#: In a slot's word REVOKE_FROM: the parent has not decided yet what it takes back.
UNDECIDED = (1 << 64) - 1


def rest(payload: Any, count: int) -> Any:
    """The payload of a chunk of scalars without its first ``count`` items."""
    kind, blob, _, flags, items = payload
    return (kind, blob, 0, flags, items[count:])
