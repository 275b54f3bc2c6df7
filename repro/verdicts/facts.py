"""The facts of one cell, as answers to what the judge asks. Pure: of what was recorded, and nothing else.

What the caller got, only the caller can say, and only until the watchdog disturbs it: a copy of it writes the same events, and a
signal alone can awaken a thread that missed an earlier one.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from repro.observation import Event, Fault, Observation, Window
from repro.subject import exits
from repro.verdicts import stacks

#: What the caller's process writes because the watchdog asked it.
ANSWERS = ("reused", "autopsy-begins")


def status_text(status: int | None) -> str:
    return "no status" if status is None else exits.name(int(status))


def _by_name(events: list[Event]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {}
    for event in events:
        found.setdefault(event["event"], []).append(event)
    return found


class Facts:
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
                return f"the worker ended with {exits.name(status)} instead of {status_text(self.fault.status)}"
            return None  # an exception: a pool may catch it, and the worker live on
        if status is None:
            return f"worker {self.victim} was to die, and nobody saw it dead"
        if status != self.fault.status:
            return f"the worker ended with {exits.name(status)} instead of {status_text(self.fault.status)}"
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
