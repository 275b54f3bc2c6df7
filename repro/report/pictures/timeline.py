"""A cell as a timeline: who ran when, what the caller knew when, and what became of each task. Pure functions of records.

Only what was recorded is told. A task's start and end were written by the worker itself; that a worker died is known from its
own last word to the moment when somebody reaped it, so a death is a range; that a worker was born is known from its first
task, or to 10 ms from the kernel's process table. A result's way through the pipe leaves no event: whether one that was
computed and never handed over had arrived is not seen, and not said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field

from repro.observation import Event, Fault, Observation
from repro.subject import exits
from repro.verdicts.judge import Judgement, Verdict
from repro.versions import StrEnum

MS = 1e6  # nanoseconds

#: So many workers are drawn; of more, the first ones.
MOST = 9


#: So many tasks are drawn one by one.
MOST_TASKS = 39


#: When an event was, in ms after the call.
When = Callable[[Event], float]


class Fate(StrEnum):
    """What became of a task, as far as the caller is concerned; each differs from the others by what was seen of it."""

    HANDED = "handed over"
    RAISED = "raised an error, handed over"
    KEPT = "computed, never handed over"
    GONE = "computed, gone with its worker"
    DIED = "its worker died of it"
    CUT = "begun, cut off with its worker"
    NEVER = "never begun"


@dataclass(frozen=True)
class Run:
    """A task in a worker. start, end: in ms of the timeline; end is None where the worker never came to it."""

    task: int
    start: float
    end: float | None


@dataclass(frozen=True)
class Death:
    """How a process ended against everybody's will. after, before: the range in which it did, in ms; status: in words."""

    after: float
    before: float | None
    status: str

    @property
    def known(self) -> float:
        """When somebody knew of it, or the process's last word, where nobody did. In ms."""
        return self.after if self.before is None else self.before


@dataclass
class Lane:
    """A worker. name: "worker 1", or "replacement 4" where it came after a death. born: in ms, None where not recorded.
    hit: the fault was its."""

    pid: int
    name: str
    born: float | None = None
    runs: list[Run] = field(default_factory=list)
    hit: bool = False
    death: Death | None = None


@dataclass(frozen=True)
class Word:
    """What the caller got to know, and when (ms): "gets 3 results", "WorkerDied". bad: it is an error."""

    at: float
    text: str
    tasks: tuple[int, ...] = ()
    bad: bool = False


@dataclass(frozen=True)
class Timeline:
    """One cell. Times are in ms after the call. end: the last moment of which anything is known; hangs: the caller still
    waits there. fates: of each task, by number. waits: from the call until the caller had all that he would get."""

    pool: str
    where: str
    verdict: Verdict
    answer: str
    lanes: list[Lane]
    words: list[Word]
    fates: dict[int, Fate]
    end: float
    waits: float | None
    hangs: bool
    deadline: float

    @property
    def bad(self) -> bool:
        """Whether nobody can live with what the caller gets."""
        return self.hangs or self.verdict in (Verdict.LOST, Verdict.PARENT_EXIT)

    @property
    def other_fates(self) -> str:
        """What is said of the tasks beyond those that are drawn one by one; empty if there are none."""
        counts = Counter(list(self.fates.values())[MOST_TASKS:])
        told = ", ".join(f"{count:,} {fate}" for fate, count in counts.items())
        return f"and {told}" if told else ""

    def last_seen(self, lane: Lane, run: Run) -> float:
        """Until when a task is drawn: its end, or its worker's next task or last word, or the last moment of the cell. In ms."""
        if run.end is not None:
            return run.end
        later = [other.start for other in lane.runs if other.start > run.start]
        if later:
            return min(later)
        return self.end if lane.death is None else lane.death.after

    @property
    def shown(self) -> list[Lane]:
        """The workers that are drawn: all, or the first of too many (who dies at its start is replaced, for ever)."""
        return self.lanes if len(self.lanes) <= MOST else self.lanes[: MOST - 1]

    @property
    def left_out(self) -> str:
        """What is said of the others; empty if there are none."""
        more = len(self.lanes) - len(self.shown)
        return (
            f"and {more} more, of which {sum(lane.death is not None for lane in self.lanes[-more:])} died"
            if more
            else ""
        )


def timeline(name: str, where: str, fault: Fault, seen: Observation, judgement: Judgement) -> Timeline:
    """The timeline of a cell. name: of the pool; where: Python and start method, as they are to be shown."""
    events = _before_the_autopsy(seen)
    zero = next((int(one["t"]) for one in events if one["event"] == "phase" and one.get("phase") == "call"), None)
    if zero is None:
        zero = int(events[0]["t"]) if events else seen.launched
    inputs = set(fault.inputs)

    def at(event: Event) -> float:
        return (int(event["t"]) - zero) / MS

    lanes = _lanes(events, seen, inputs, at)
    words = _words(events, at)
    told: dict[int, set[str]] = {}
    for one in events:
        if isinstance(one.get("task"), int):
            told.setdefault(one["task"], set()).add(one["event"])
    fates = {task: _fate(task, told.get(task, set()), lanes) for task in fault.inputs}
    hangs = judgement.verdict in (Verdict.HANG, Verdict.LIVELOCK)
    ended = next((at(one) for one in events if one["event"] == "phase" and one.get("phase") in ("end", "exit")), None)
    known = [run.end or run.start for lane in lanes for run in lane.runs]
    known += [lane.death.known for lane in lanes if lane.death is not None]
    known += [word.at for word in words]
    if not hangs and ended is not None:
        known.append(ended)
    return Timeline(
        name,
        where,
        judgement.verdict,
        _answer(judgement),
        lanes,
        words,
        fates,
        max([0.0, *known]),
        None if hangs else ended,
        hangs,
        seen.timeout * 1000,
    )


def _before_the_autopsy(seen: Observation) -> list[Event]:
    """What the program did by itself; what it did since the watchdog asked it to is the watchdog's doing."""
    events = sorted(seen.events, key=lambda one: int(one["t"]))
    for number, one in enumerate(events):
        if one["event"] == "autopsy-begins" or (seen.asked and int(one["t"]) >= seen.asked):
            return events[:number]
    return events


def _lanes(events: Sequence[Event], seen: Observation, inputs: set[int], at: When) -> list[Lane]:
    """A lane for each process that ran a task or was hit by the fault, in the order in which they are first seen."""
    lanes: dict[int, Lane] = {}
    zero = next((int(one["t"]) for one in events if one["event"] == "phase" and one.get("phase") == "call"), None)
    births = {one.pid: one.since * 1000 - (zero - seen.launched) / MS for one in seen.members if zero and seen.launched}
    hit = {int(one.get("victim") or one["pid"]): at(one) for one in events if one["event"] == "fault"}
    ends = {int(pid): (None, int(status)) for pid, status in seen.deaths.items()}
    ends |= {int(one["child"]): (at(one), int(one["status"])) for one in events if one["event"] == "reaped"}  # type: ignore[misc]
    begun: dict[int, tuple[int, float]] = {}
    for one in events:
        pid, task = int(one["pid"]), one.get("task")
        if one["event"] == "task-started" and task in inputs and pid != seen.main_pid:
            begun[pid] = int(task), at(one)
            lanes.setdefault(pid, Lane(pid, "")).runs.append(Run(*begun[pid], None))
        elif one["event"] == "task-ended" and pid in begun and begun[pid][0] == task:
            lanes[pid].runs[-1] = Run(*begun.pop(pid), at(one))
    for pid in hit:
        if pid != seen.main_pid:
            lanes.setdefault(pid, Lane(pid, "")).hit = True
    for pid, lane in lanes.items():
        lane.born = births.get(pid)
        before, status = ends.get(pid, (None, 0))
        if status:
            last = max((run.end or run.start for run in lane.runs), default=0.0)
            lane.death = Death(hit.get(pid, last), before, exits.name(status))
    _name(sorted(lanes.values(), key=_first_seen), min(hit.values(), default=None))
    return sorted(lanes.values(), key=_first_seen)


def _name(lanes: Sequence[Lane], fault: float | None) -> None:
    """A worker that came after somebody had died is a replacement; births are known to 10 ms, if at all."""
    somebody_died = any(lane.death is not None for lane in lanes)
    for number, lane in enumerate(lanes, 1):
        late = fault is not None and lane.death is None and _first_seen(lane) > fault
        new = late and (lane.born is None or lane.born + 10 > (fault or 0.0))
        lane.name = f"{'replacement' if new and somebody_died else 'worker'} {number}"


def _first_seen(lane: Lane) -> float:
    if lane.runs:
        return lane.runs[0].start
    return lane.death.after if lane.death is not None else 0.0


def _words(events: Sequence[Event], at: When) -> list[Word]:
    """What the caller got to know. Results that came within a millisecond of each other came together; an error is told once,
    when he could first know of it."""
    good: list[Word] = []
    bad: dict[str, Word] = {}
    for one in events:
        if one["event"] == "delivered" and one.get("task") is not None:
            if good and at(one) - good[-1].at < 1:
                good[-1] = Word(good[-1].at, "", (*good[-1].tasks, int(one["task"])))
            else:
                good.append(Word(at(one), "", (int(one["task"]),)))
        elif one["event"] in ("noticed", "raised", "failed", "leaving"):
            error = one["error"]
            name = str(error["type"] if isinstance(error, dict) else error)
            tasks = () if one.get("task") is None else (int(one["task"]),)
            before = bad.get(name)
            bad[name] = (
                Word(at(one), name, tasks, True)
                if before is None
                else Word(before.at, name, before.tasks + tasks, True)
            )
    return sorted([*good, *bad.values()], key=lambda word: word.at)


def _fate(task: int, told: Set[str], lanes: Sequence[Lane]) -> Fate:
    """What became of a task. told: the kinds of events that name it."""
    if "delivered" in told:
        return Fate.HANDED
    runs = [(lane, run) for lane in lanes for run in lane.runs if run.task == task]
    computed = [lane for lane, run in runs if run.end is not None]
    if computed:
        return Fate.GONE if all(lane.death is not None for lane in computed) else Fate.KEPT
    if any(lane.hit and lane.death is not None and run is lane.runs[-1] for lane, run in runs):
        return Fate.DIED
    if any(lane.death is not None for lane, _ in runs):
        return Fate.CUT
    if "failed" in told and runs:
        return Fate.RAISED
    return Fate.CUT if runs else Fate.NEVER


def _answer(judgement: Judgement) -> str:
    """What the caller gets, in a few words."""
    others = f" · {judgement.survivors} of {judgement.others} other results arrive" if judgement.others else ""
    if judgement.verdict is Verdict.HANG:
        return "waits for ever" + others
    if judgement.verdict is Verdict.LIVELOCK:
        return "waits for ever, while the pool goes on starting workers" + others
    late = "" if judgement.latency_ms is None else f", {judgement.latency_ms:.1f} ms after the death"
    if judgement.error is not None:
        return f"raises {judgement.error['type']}{late}" + others
    return f"{judgement.verdict}{others}"
