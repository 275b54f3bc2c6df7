"""What an observation means: a pure function of recorded facts. No I/O, no clock, no knowledge of what was expected.

The order of the questions is the order of the code, and no verdict comes by absence:

1. Did the cell run at all, and can its event stream be read?
2. Did the fault happen? Its worker wrote that it was about to, and the kernel's word is that it died of it.
3. Did the program come to its positive end marker, or past its deadline, or did it leave?
4. What did the caller get?
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from repro.observation import Event, Fault, Observation
from repro.subject import exits
from repro.verdicts import pace
from repro.verdicts.explain import explain
from repro.verdicts.facts import Facts
from repro.versions import StrEnum

#: So many processes that ended in the last window, by the word of those that reaped them, are work, too: what comes and goes
#: between two looks leaves no CPU time behind that could be seen.
CAME_AND_WENT = 2

#: What an event has to have for the judge to read it: its fields, and the type of each.
FIELDS: dict[str, dict[str, type]] = {
    "phase": {"phase": str},
    "reaped": {"child": int, "status": int},
    "delivered": {"value": object},
    "failed": {"error": dict},
    "raised": {"error": dict},
    "leaving": {"error": dict},
    "reused": {"ok": bool},
    "autopsy-begins": {"step": str},
}


class Verdict(StrEnum):
    """What a cell came to, in a word."""

    COMPLETED = "completed"
    RAISED = "raised"
    HANG = "hang"
    LIVELOCK = "livelock"
    LOST = "lost"
    PARENT_EXIT = "parent-exit"
    INCONCLUSIVE = "inconclusive"
    UNSUPPORTED = "unsupported"
    HARNESS_ERROR = "harness-error"


@dataclass(frozen=True)
class Judgement:
    """A verdict, its reason in words, and what a user asks next.

    phase: in which the program was when it stopped going on (open, call, reuse, end, exit), or None.
    latency_ms: from the death to the moment when the caller could know, in milliseconds.
    error: what reached the caller: its ``type`` and ``message``.
    names_task, gives_exit_status: whether that error does, rightly; None without an error. Where several tasks were lost, it may
        name any of them.
    survivors: how many of the others' results reached the caller; others: how many there were.
    usable_after: whether two more tasks came back; None where that was not to be found out.
    leftovers: what still ran after the program had ended; None if it never did.
    waits: where the parent's threads waited in a hang, the main thread's first.
    explanation: in a hang, what the evidence says of its cause, in plain sentences; the most telling first.
    simulated: the fault was a stand-in.
    """

    verdict: Verdict
    reason: str
    phase: str | None = None
    latency_ms: float | None = None
    error: dict[str, str] | None = None
    names_task: bool | None = None
    gives_exit_status: bool | None = None
    survivors: int = 0
    others: int = 0
    usable_after: bool | None = None
    leftovers: list[str] | None = None
    waits: tuple[str, ...] = ()
    explanation: tuple[str, ...] = ()
    simulated: bool = False

    def with_texts(self, change: Callable[[str], str], of_lines: Callable[[str], str] | None = None) -> Judgement:
        """The same in other words. change: what becomes of a text. of_lines: of the error's message, which may have lines."""
        error = self.error and {
            "type": change(self.error["type"]),
            "message": (of_lines or change)(self.error["message"]),
        }
        return replace(
            self,
            reason=change(self.reason),
            phase=self.phase and change(self.phase),
            error=error,
            leftovers=self.leftovers and [*map(change, self.leftovers)],
            waits=(*map(change, self.waits),),
            explanation=(*map(change, self.explanation),),
        )

    def to_record(self) -> dict[str, Any]:
        return asdict(self) | {
            "verdict": str(self.verdict),
            "waits": list(self.waits),
            "explanation": list(self.explanation),
        }


def judge(fault: Fault, operation: str, seen: Observation) -> Judgement:
    """The judgement of one cell. fault: what was to happen; operation: the call under test; seen: what was recorded."""
    if seen.launch_error is not None:
        return Judgement(Verdict.HARNESS_ERROR, seen.launch_error)
    if seen.not_cleaned is not None:
        return Judgement(Verdict.HARNESS_ERROR, seen.not_cleaned)
    if seen.stream_error is not None:
        return Judgement(Verdict.HARNESS_ERROR, f"{seen.stream_error}{_last_words(seen)}")
    malformed = _malformed(seen.events)
    if malformed is not None:
        return Judgement(Verdict.HARNESS_ERROR, malformed)
    facts = Facts(fault, operation, seen)
    verdict, reason = _decide(facts)
    hung = verdict in (Verdict.HANG, Verdict.LIVELOCK)
    return Judgement(
        verdict,
        reason,
        phase=facts.phase,
        latency_ms=facts.latency_ms(),
        error=facts.error,
        names_task=facts.names_task(),
        gives_exit_status=facts.gives_exit_status(),
        survivors=facts.survivors() if fault.collects else 0,
        others=len(facts.others) if fault.collects else 0,  # what nobody asks for can't be kept
        usable_after=facts.usable_after(),
        leftovers=None if seen.leftovers is None else [str(one["command"] or one["pid"]) for one in seen.leftovers],
        waits=facts.waits() if hung else (),
        explanation=tuple(explain(fault, seen, facts.status_of_faulty() is not None, facts.phase)) if hung else (),
        simulated=bool(facts.all("fault-simulated")),
    )


def unsupported(reason: str) -> Judgement:
    """The judgement of a cell that was not run, because it can't be here."""
    return Judgement(Verdict.UNSUPPORTED, reason)


def _malformed(events: list[Event]) -> str | None:
    """What is wrong with the fields of an event, or None."""
    for number, event in enumerate(events, 1):
        for name, kind in FIELDS.get(event["event"], {}).items():
            if (
                name not in event
                or not isinstance(event[name], kind)
                or (kind is dict and not {"type", "message"} <= set(event[name]))
            ):
                return f"event {number} ({event['event']}) is malformed: {name} is {event.get(name, 'missing')!r:.80}"
    return None


def _decide(facts: Facts) -> tuple[Verdict, str]:
    seen = facts.seen
    refused = facts.first("unsupported")
    if refused is not None:
        return Verdict.UNSUPPORTED, str(refused["reason"])
    if facts.first("begin") is None:
        return Verdict.HARNESS_ERROR, f"the program of the cell did not begin{_last_words(seen)}"
    missing = facts.missing_evidence()
    if seen.deadline_passed:
        return _decide_deadline(facts, missing)
    if facts.first("end") is None or seen.exit_status != 0:
        return _decide_departure(facts)
    if missing is not None:
        return Verdict.INCONCLUSIVE, missing
    defects = facts.defects()
    if defects:
        return Verdict.LOST, f"{facts.death_text()}; the call ended, but {'; '.join(defects)}"
    if facts.error is None:
        outcome = "every result arrived" if facts.fault.collects else "the program ended"
        return Verdict.COMPLETED, f"{facts.death_text()}; {outcome}"
    return Verdict.RAISED, f"{facts.death_text()}; the caller got {facts.error['type']}: {facts.error['message'][:300]}"


def _decide_deadline(facts: Facts, missing: str | None) -> tuple[Verdict, str]:
    window = facts.seen.window
    if window is None:
        return Verdict.HARNESS_ERROR, "the deadline passed, and the tree was not looked at before it"
    where = f"in {facts.phase or 'the beginning'} {facts.seen.timeout:g} s after the start"
    slow = pace.slow(facts.seen, window)
    if slow is not None:
        return Verdict.INCONCLUSIVE, f"slow: still {where}, and {slow}; raise --timeout"
    if missing is not None:
        return Verdict.INCONCLUSIVE, f"still {where}, but {missing}"
    did = f"{window.cpu_ms:g} ms of CPU, {window.switches} context switches in the last {window.seconds:g} s"
    ended = facts.ended_in(window)
    if window.works or ended >= CAME_AND_WENT:
        return (
            Verdict.LIVELOCK,
            f"{facts.death_text()}; still {where}, working without progress: {did}, {window.new_processes} new processes, "
            f"{ended} that ended",
        )
    waits = facts.waits()
    place = f"; the main thread waits in {waits[0]}" if waits else ""
    return Verdict.HANG, f"{facts.death_text()}; still {where}, and quiet: {did}{place}"


def _decide_departure(facts: Facts) -> tuple[Verdict, str]:
    status = facts.seen.exit_status
    how = "an unknown status" if status is None else exits.name(status)
    if facts.left is not None:
        kind = facts.left["error"]["type"]
        if facts.fault.interrupts and kind == "KeyboardInterrupt":
            return Verdict.RAISED, f"{facts.death_text()}; the caller got {kind}, as Ctrl-C asks, and ended, {how}"
        return Verdict.PARENT_EXIT, f"{facts.death_text()}; {kind} was raised in the parent and ended it, {how}"
    return (
        Verdict.PARENT_EXIT,
        f"the parent ended in {facts.phase or 'the beginning'} with {how}{_last_words(facts.seen)}",
    )


def _last_words(seen: Observation) -> str:
    lines = [line for line in seen.stderr.splitlines() if line.strip()]
    return f"; its last words: {lines[-1].strip()[:200]}" if lines else ""


__all__ = ["Judgement", "Verdict", "judge", "unsupported"]
