"""How is a verdict called? The one list of that: in tables and pictures, in words, in few letters, by a sign."""

from __future__ import annotations

from typing import NamedTuple

from repro.verdicts.judge import Verdict


class Words(NamedTuple):
    """word: in a table. short: where there is little room. sign: where there is none, in ASCII. symbol: in pictures, where no
    meaning hangs on colour. does: what a pool does that comes to it. means: for a legend."""

    word: str
    short: str
    sign: str
    symbol: str
    does: str
    means: str


#: In the order of legends.
VERDICTS = {
    Verdict.COMPLETED: Words("completed", "ok", ".", "✓", "completes", "every result arrived"),
    Verdict.RAISED: Words("raised", "error", "e", "!", "raises", "an error reached the caller"),
    Verdict.HANG: Words("HANG", "HANG", "H", "■", "hangs", "the deadline passed, and nothing moved any more"),
    Verdict.LIVELOCK: Words(
        *("LIVELOCK", "LIVELOCK", "L", "↻", "runs for ever"),
        "the deadline passed, and the processes kept working without progress",
    ),
    Verdict.LOST: Words(
        *("LOST", "LOST", "X", "✕", "loses results"), "the call returned, and a result was missing, doubled or wrong"
    ),
    Verdict.PARENT_EXIT: Words(
        *("PARENT EXIT", "EXIT", "P", "⏏", "ends the parent"),
        "the fault ended the calling program itself, with that status",
    ),
    Verdict.INCONCLUSIVE: Words(
        *("inconclusive", "?", "?", "?", "inconclusive"), "the fault left no evidence, or the cell was too slow"
    ),
    Verdict.UNSUPPORTED: Words("unsupported", "-", "-", "–", "can't be run", "it can't be run here"),
    Verdict.HARNESS_ERROR: Words("harness error", "!", "!", "‼", "not measured", "our own fault"),
}
