"""What is told of a program that is followed: one thing that has happened, for a reader and for a program. Pure."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from repro.diagnose import words
from repro.diagnose.costs import Cost
from repro.diagnose.deaths import ago
from repro.diagnose.diagnosis import Diagnosis
from repro.diagnose.kinds import STUCK
from repro.diagnose.looks import Death, Ended
from repro.diagnose.snapshot import Snapshot
from repro.diagnose.view import Worker
from repro.subject import exits

#: So many pids are told one after the other.
SHOWN = 8


@dataclass(frozen=True)
class Report:
    """event: what has happened, in a word. text: the same in sentences, the first of which stands for all. fields: for a
    program."""

    event: str
    text: list[str]
    fields: dict[str, Any] = field(default_factory=dict)


def line(report: Report, format_: str, when: float, width: int) -> str:
    """A report as it is printed, without the last line end. format_: text or json. when: seconds since 1970. width: of a line."""
    if format_ == "json":
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(when))
        return json.dumps({"event": report.event, "time": at, **report.fields, "text": report.text}, ensure_ascii=False)
    first, *more = report.text
    clock = time.strftime("%H:%M:%S  ", time.localtime(when))
    several = [(first, clock), *((one, " " * len(clock)) for one in more)]
    return "\n".join(words.filled(one, width, before) for one, before in several)


def belongs(found: Diagnosis) -> Report:
    """Who was asked for is followed no more than the others of its program."""
    text = [f"{found.asked} is {found.belongs}: {found.pid} is watched"]
    return Report("belongs", text, {"asked": found.asked, "asked_is": found.belongs, "pid": found.pid})


def begins(pid: int, workers: Sequence[int], pidfds: bool, no_stacks: str) -> Report:
    """pidfds: whether there is one for each process. no_stacks: why there are none of some, "" where there are."""
    how = "at once (pidfd)" if pidfds else "within 0.2 s (not each process has a pidfd)"
    what = f"not known: {no_stacks}" if no_stacks else "asked now and then (py-spy)"
    text = [
        f"watching {pid} and {len(workers)} worker{'s' * (len(workers) != 1)}{': ' * bool(workers)}{_pids(workers)}"
    ]
    text += [f"Deaths are noticed {how}; tasks in hand are {what}. Ctrl-C ends this, and nothing else."]
    return Report(
        "begins", text, {"pid": pid, "workers": list(workers), "pidfd": pidfds, "no_stacks": no_stacks or None}
    )


def diagnosed(found: Diagnosis, taken: Snapshot) -> Report:
    text = [words.headline(found), *map(words.sentence, found.finding.evidence[:3])]
    text += [found.now] if found.status == STUCK and found.now else []
    return Report("diagnosis", text, words.document(found, taken))


def died(death: Death, cost: Cost) -> Report:
    """A worker, with what its death cost."""
    had = ": it may have had another one" if death.hand.worker.task else ""
    since = f", and has run since{had}" if death.hand.ran and death.hand.looked is not None else ""
    text = [f"{_who(death)} DIED: {_how(death.end)}", f"{_was(death)}{since}.", f"Cost: {cost.words}."]
    return Report("worker-died", text, {**_fields(death), "lost": cost.lost.value, "cost": cost.words})


def left(death: Death) -> Report:
    """A worker that has ended as a pool wants it."""
    more = "So ends a worker that has done its number of tasks, or whose pool is closed, or has no more for it."
    return Report(
        "worker-left", [f"{_who(death)} has left: {_how(death.end)}", f"{_was(death)}. {more}"], _fields(death)
    )


def replaced(at: float, death: Death) -> Report:
    after = max(0.0, at - death.at)
    text = [f"worker {death.replaced} was started in the place of {death.end.pid}, seen {ago(after)} after"]
    return Report("worker-replaced", text, {"pid": death.end.pid, "by": death.replaced, "after": round(after, 3)})


def pool_ended(deaths: Sequence[Death], before: Sequence[Death]) -> Report:
    """deaths: of all workers that were left. before: those of others, shortly before."""
    pids = [one.end.pid for one in deaths]
    hows = ", ".join(sorted({_how(one.end) for one in deaths}))
    text = [f"the pool has ended: worker{'s' * (len(pids) > 1)} {_pids(pids)}: {hows}; no worker is left"]
    cause = [one.end.pid for one in before if one.end.status != 0]
    text += [f"It was ended after the death of worker {cause[-1]}."] if cause else []
    fields = {
        "pids": pids,
        "owner": deaths[0].hand.owner,
        "statuses": [one.end.status for one in deaths],
        "after": cause,
    }
    return Report("pool-ended", text, fields)


def helper_died(end: Ended, name: str) -> Report:
    return Report(
        "helper-died", [f"{name} ({end.pid}) has ended: {_how(end)}"], {"pid": end.pid, "helper": name, **_status(end)}
    )


def program_ended(end: Ended, deaths: int, remaining: Sequence[int]) -> Report:
    """deaths: of workers, that were told. remaining: processes of it that go on."""
    text = [f"the program ({end.pid}) has ended: {_how(end)}"]
    text += [f"{deaths} of its workers died before that."] if deaths else []
    text += [f"Processes of it are left: {_pids(remaining)}."] if remaining else []
    return Report("program-ended", text, {"pid": end.pid, **_status(end), "deaths": deaths, "left": list(remaining)})


def stopped(pid: int, seconds: float, deaths: int) -> Report:
    """By Ctrl-C. seconds: how long it was followed."""
    count = f"{deaths or 'no'} worker{'s' * (deaths != 1)} died"
    text = [f"no longer watching {pid}, after {ago(seconds)}: {count}; the program goes on"]
    return Report("stopped", text, {"pid": pid, "seconds": round(seconds, 1), "deaths": deaths})


def more(untold: Sequence[Report], within: float, storm: bool) -> Report:
    """What was too much to be told one by one. storm: whether workers die as fast as they are started."""
    died = [one for one in untold if one.event == "worker-died"]
    hows = ", ".join(sorted({str(one.fields["how"] or "how is not known") for one in died}))
    rest = len(untold) - len(died)
    text = [
        f"within {within:.0f} s, {len(died)} more workers died{f' ({hows})' * bool(died)}, and {rest} were started or left"
    ]
    text += ["They die as fast as they are started: a respawn storm (repro show respawn-storm)."] if storm else []
    return Report("more", text, {"died": len(died), "others": rest, "storm": storm})


def _pids(pids: Sequence[int]) -> str:
    return ", ".join(map(str, pids[:SHOWN])) + f" and {len(pids) - SHOWN} more" * (len(pids) > SHOWN)


def _who(death: Death) -> str:
    pool = death.hand.worker.pool
    return f"worker {death.end.pid}{f' of {pool}' * bool(pool)}"


def _was(death: Death) -> str:
    """What it did, as far as that is known."""
    hand = death.hand
    if hand.looked is None:
        return "What it did was not seen"
    before = ago(max(0.0, death.at - hand.looked))
    return f"{before[:1].upper()}{before[1:]} before, it {_past(hand.worker)}"


def _past(one: Worker) -> str:
    now = one.stage.value
    for present, past in (("is ", "was "), ("waits ", "waited "), ("sends ", "was sending "), ("has ", "had ")):
        if now.startswith(present):
            now = past + now.removeprefix(present)
            break
    now = now.replace(", and has the lock", ", and had the lock").replace("can't be", "could not be")
    return f"{now}, {one.task}" if one.task else now


def _fields(death: Death) -> dict[str, Any]:
    hand = death.hand
    looked = None if hand.looked is None else round(max(0.0, death.at - hand.looked), 3)
    return {
        **{"pid": death.end.pid, "pool": hand.worker.pool, "owner": hand.owner, **_status(death.end)},
        "age": round(max(0.0, death.at - hand.since), 2),
        **{"was": None if looked is None else hand.worker.stage.value, "task": hand.worker.task or None},
        **{"looked_ago": looked, "ran_since": hand.ran, "replaced_by": death.replaced},
    }


def _status(end: Ended) -> dict[str, Any]:
    """oom: whether the OOM killer did it; None where that is not known."""
    how = None if end.status is None else exits.name(end.status)
    oom = True if end.kill is not None else False if end.status not in (-9, None) or end.counted == 0 else None
    return {"status": end.status, "how": how, "why_unknown": end.why or None, "oom": oom}


def _how(end: Ended) -> str:
    """``SIGKILL, by the OOM killer: the kernel's log has it``."""
    how = f"how is not known ({end.why})" if end.status is None else exits.name(end.status)
    if end.kill is not None:
        size = f", with {end.kill.resident >> 20:,} MiB" if end.kill.resident else ""
        return f"{how}, by the OOM killer: the kernel's log has it{size}"
    since = "the watching began" if end.first else "the last such death"
    if end.status == -9 and end.counted:
        return f"{how}, perhaps by the OOM killer: it has ended {end.counted} on this machine since {since}"
    if end.status == -9 and end.counted == 0:
        return f"{how}, not by the OOM killer: it has ended none on this machine since {since}"
    return how
