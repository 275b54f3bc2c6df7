"""What an observation means: a pure function of recorded facts. No I/O, no clock, no knowledge of what was expected.

The order of the questions is the order of the code, and no verdict comes by absence:

1. Did the cell run at all, and can its event stream be read?
2. Did the fault happen? Its worker wrote that it was about to, and the kernel's word is that it died of it.
3. Did the program come to its positive end marker, or past its deadline, or did it leave?
4. What did the caller get?
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from repro.observation import Event, Fault, Observation, Window
from repro.subject import exits
from repro.verdicts import pace, stacks
from repro.verdicts.explain import explain

#: What the caller's process writes because the watchdog asked it.
ANSWERS = ("reused", "autopsy-begins")


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
    facts = _Facts(fault, operation, seen)
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


def _by_name(events: list[Event]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {}
    for event in events:
        found.setdefault(event["event"], []).append(event)
    return found


class _Facts:
    """The observation, as answers to questions."""

    def __init__(self, fault: Fault, operation: str, seen: Observation) -> None:
        self.fault = fault
        self.operation = operation
        self.seen = seen
        self._by_name = _by_name(seen.events)
        self.others = [number for number in fault.inputs if number != fault.faulty]
        begin = next(iter(self.all("begin")), None)
        self.parent = None if begin is None else int(begin["pid"])
        self._disturbed = seen.disturbed()
        # What the caller got, only the caller can say: a copy of it (a worker that returned from its fork into the caller's
        # code) writes the same events. And only until we disturb it.
        self.caller = [
            event
            for event in seen.events
            if begin and event["pid"] == begin["pid"] and (event["event"] in ANSWERS or not self.is_our_doing(event))
        ]
        self._told = _by_name(self.caller)
        phases = self.told("phase")
        self.phase: str | None = str(phases[-1]["phase"]) if phases else None
        self.fired = next(iter(self.all("fault")), None)
        self.left = self.first("leaving")
        raised = self.first("raised") or self.left
        failed = self.told("failed")
        failures = [event for event in failed if event.get("task") in (fault.faulty, None)] or failed
        source = raised if raised else failures[0] if failures else None
        self._error_record: dict[str, Any] | None = source["error"] if source else None
        #: The task whose own error it is, None where it is of the whole call; and when it came.
        self._error_task = source.get("task") if source else None
        self._error_at = int(source["t"]) if source else 0

    def is_our_doing(self, event: Event) -> bool:
        """Whether the watchdog had begun to ask: a signal alone can awaken a main thread that missed an earlier one."""
        return self._disturbed is not None and int(event["t"]) >= self._disturbed

    def all(self, name: str) -> list[Event]:
        """The events of that name, of every process."""
        return self._by_name.get(name, [])

    def told(self, name: str) -> list[Event]:
        """Those that the caller's process wrote."""
        return self._told.get(name, [])

    def first(self, name: str) -> Event | None:
        """The first that the caller's process wrote."""
        return next(iter(self.told(name)), None)

    # What happened to the fault

    @property
    def victim(self) -> int | None:
        """The process that the fault hit: the one that announced it, unless it named another."""
        return None if self.fired is None else int(self.fired.get("victim") or self.fired["pid"])

    def status_of_faulty(self) -> int | None:
        """The exit code or minus the signal of the process in which the fault was fired, or None while it lives.

        An end that we brought about ourselves, by asking or by killing what hangs, is no evidence of the fault.
        """
        if self.fired is None:
            return None
        pid = self.victim
        ending = self._ending()
        for event in self.all("reaped"):
            # a worker that outlived an exception ends when the pool is closed: that is not the death that is looked for
            in_time = self.fault.kills or ending is None or int(event["t"]) <= ending
            if event["child"] == pid and in_time and not self.is_our_doing(event):
                return int(event["status"])
        if self.seen.deadline_passed and self.seen.members:  # older records have no process table
            return self.seen.deaths.get(str(pid)) if self.seen.ended_early(int(pid or 0)) else None
        if self.fault.kills or ending is None:
            return self.seen.deaths.get(str(pid))
        return None

    def _ending(self) -> int | None:
        """When the pool began to be closed, or the program to leave."""
        ends = [int(event["t"]) for event in self.told("phase") if event["phase"] == "end"]
        ends += [int(event["t"]) for event in self.told("leaving")]
        ends += [int(event["t"]) for event in self.told("autopsy-begins") if event["step"] == "end"]
        return min(ends, default=None)

    def ended_in(self, window: Window) -> int:
        """How many processes the subject reaped in the last window before the deadline; 0 where the record has no start to count
        it from."""
        deadline = self.seen.launched + self.seen.timeout * 1e9
        since = deadline - window.seconds * 1e9 if self.seen.launched else deadline
        return sum(int(event["t"]) > since and not self.is_our_doing(event) for event in self.all("reaped"))

    def missing_evidence(self) -> str | None:
        """Why the fault can't be said to have happened, or None."""
        if not self.fault.expected:
            return None
        if self.fired is None:
            return "the fault was never reached"
        status = self.status_of_faulty()
        if not self.fault.kills:
            if status is not None and self.fault.status is not None and status != self.fault.status:
                return f"the worker ended with {exits.name(status)} instead of {_status_text(self.fault.status)}"
            return None  # an exception: a pool may catch it, and the worker live on
        if status is None:
            return f"worker {self.victim} was to die, and nobody saw it dead"
        if status != self.fault.status:
            return f"the worker ended with {exits.name(status)} instead of {_status_text(self.fault.status)}"
        kills = self.seen.oom_kills
        if kills is not None and kills[1] <= kills[0]:
            return "the worker was killed, but the cgroup's counter of OOM kills did not move"
        return None

    def died_at(self) -> int | None:
        """When the worker died, as nearly as it could say: just before the fault, or at its last granted allocation."""
        return self.seen.last_breath or (int(self.fired["t"]) if self.fired else None)

    def death_text(self) -> str:
        if not self.fault.expected or self.fired is None:
            return "nobody died"
        status = self.status_of_faulty()
        task = "no task" if self.fault.faulty is None else f"task {self.fault.faulty}"
        if self.victim == self.parent and status is None:
            return "the fault was in the parent, and no worker was hit"
        if status is None:
            return f"worker {self.victim} with {task} lived on"
        kills = self.seen.oom_kills
        proof = f" (OOM kills of its cgroup: {kills[0]} -> {kills[1]})" if kills else ""
        return f"worker {self.victim} died with {task}, {exits.name(status)}{proof}"

    # What the caller got

    def delivered(self) -> Counter[str]:
        """How often each result came, by its repr: True is not 1, and a result may be anything."""
        return Counter(repr(event["value"]) for event in self.told("delivered"))

    def survivors(self) -> int:
        got = self.delivered()
        return sum(got[repr(number)] == 1 for number in self.others)

    def defects(self) -> list[str]:
        """Results that are missing without an error, doubled, or wrong. Pairs of task and value where the call says which."""
        got = self.delivered()
        inputs = set(map(repr, self.fault.inputs))
        failed = Counter(repr(event.get("task")) for event in self.told("failed"))
        found = [f"{value} came {count} times" for value, count in got.items() if count > 1]
        found += [f"{value} is no task's result" for value in got if value not in inputs]
        found += [
            f"task {event['task']} returned {event['value']!r}"
            for event in self.told("delivered")
            if event.get("task") is not None and repr(event["task"]) != repr(event["value"])
        ]
        found += [f"task {task} has a result and an error" for task in failed if task in got]
        if self.fault.collects and not self.first("raised"):
            answered = {*got, *failed}
            missing = [number for number in self.fault.inputs if repr(number) not in answered]
            without = len(missing) - failed["None"]  # imap_unordered does not say whose error it is
            if without > 0:
                found.append(f"no result and no error for {without} of task(s) {missing}")
        return found

    @property
    def error(self) -> dict[str, str] | None:
        if self._error_record is None:
            return None
        return {"type": str(self._error_record["type"]), "message": str(self._error_record["message"])}

    def _error_text(self) -> str:
        record = self._error_record or {}
        return "\n".join([str(record.get("message", "")), *map(str, record.get("causes", []))])

    def names_task(self) -> bool | None:
        """Whether the error's text names the faulty task: ``worker(3)``, ``task 3``, ``input 3``; the error of a whole call may
        name any task that was lost."""
        if self._error_record is None or self.fault.faulty is None:
            return None
        text = self._error_text()
        return any(
            re.search(rf"\bworker\({number},?\)|\b(?:task|input)[ #:]*{number}\b", text)
            for number in {self.fault.faulty, *(self.lost_tasks() if self._error_task is None else ())}
        )

    def lost_tasks(self) -> set[int]:
        """The tasks whose worker ended in the middle of them, before the caller had its error: of each dead worker the last one
        that it began, where it did not end that."""
        dead = {event["child"] for event in self.all("reaped") if int(event["t"]) <= self._error_at}
        last = {event["pid"]: event.get("task") for event in self.all("task-started") if event["pid"] in dead}
        ended = {(event["pid"], event.get("task")) for event in self.all("task-ended")}
        return {task for pid, task in last.items() if isinstance(task, int) and (pid, task) not in ended}

    def gives_exit_status(self) -> bool | None:
        """Whether the error's text gives the status with which the worker ended, and the right one."""
        status = self.status_of_faulty()
        if status is None:
            status = self.fault.status
        if self._error_record is None or status is None:
            return None
        text = self._error_text()
        if self._error_record["type"] == "SystemExit":
            return text.split("\n")[0] == str(status)
        if status >= 0:
            return bool(re.search(rf"(?i)(?:exit(?:ed)?|status|code|sys\.exit)\W*(?:\w+\W+){{0,3}}?{status}\b", text))
        name = exits.name(status)
        return bool(re.search(rf"\b{name}\b|(?<![\w-]){status}\b|\bsignal {-status}\b", text))

    def latency_ms(self) -> float | None:
        """From the death to the moment when the caller could know.

        Where the call gives its caller nothing before other tasks are done (``map``, and results taken in order), the
        wait for those is not the pool's delay: it counts from the last of them to end.
        """
        died = self.died_at()
        if died is None or not self.fault.expected or self._error_record is None:
            return None
        learned = [
            event
            for event in self.caller
            if event["event"] in ("noticed", "failed", "raised", "leaving") and int(event["t"]) >= died
        ]
        if not learned:
            return None  # an error from before the death, a timeout say, is no news of it
        first = min(learned, key=lambda event: int(event["t"]))
        since = died
        if first["event"] != "noticed":
            ends = [int(event["t"]) for event in self.all("task-ended") if int(event["t"]) <= int(first["t"])]
            since = max([died, *ends])
        return round((int(first["t"]) - since) / 1e6, 3)

    def usable_after(self) -> bool | None:
        event = self.first("reused")
        return None if event is None else bool(event["ok"])

    def waits(self) -> tuple[str, ...]:
        return tuple(stacks.places(self.seen.stacks.get(str(self.seen.main_pid), "")))


def _decide(facts: _Facts) -> tuple[Verdict, str]:
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


def _decide_deadline(facts: _Facts, missing: str | None) -> tuple[Verdict, str]:
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


def _decide_departure(facts: _Facts) -> tuple[Verdict, str]:
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


def _status_text(status: int | None) -> str:
    return "no status" if status is None else exits.name(int(status))


def _last_words(seen: Observation) -> str:
    lines = [line for line in seen.stderr.splitlines() if line.strip()]
    return f"; its last words: {lines[-1].strip()[:200]}" if lines else ""


__all__ = ["Judgement", "Verdict", "judge", "unsupported"]
