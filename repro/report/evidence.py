"""The evidence of single cells, in words: what was seen, why it hangs, the process table, where everybody waits, what was written
on stderr. Pure functions.

The process table is the one of the run: who was there before the fault, what became of them, who came after, and, of those that
were there at the verdict, for what they wait and which ends of which pipes they hold.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from repro.observation import FAILED, Holding, Member, Observation
from repro.report.folding import blocks, fitted
from repro.report.grid import tabulate
from repro.report.remarks import last_lines
from repro.report.tables import Table, counted
from repro.subject import exits
from repro.verdicts import names
from repro.verdicts.judge import Judgement

#: Births are known to a tick of the kernel's clock, 10 ms, and so is that of the program, from which they are counted.
BIRTH_WITHIN = 0.02

#: So many pipes are told one by one where nobody is seen to wait for any.
LISTED = 12

HEADERS = ["process", "parent", "started", "before the fault", "afterwards", "waits for", "reads", "writes"]


def describe(
    name: str, judgement: Judgement, seen: Observation, stacks: bool, width: int = 100, room: int | None = None
) -> str:
    """All about one cell. name: which it is; stacks: with the stacks of its processes; width: of the text, in columns; room: of
    the tables, where they have more."""
    parts = [f"{name}: {judgement.verdict}", _paragraph(judgement.reason, width)]
    if judgement.explanation:
        parts.append(
            "Why, by the evidence\n" + "\n".join(_paragraph(one, width, "- ") for one in judgement.explanation)
        )
    table = processes(seen)
    if table.rows:
        folded = fitted(table, max(width, room or 0), lambda one: max(map(len, _drawn(one).splitlines())))
        text = blocks(table, width) if folded is None else _drawn(folded)
        parts.append(f"{_paragraph(table.title, width).strip()}\n{text}")
    things = called(seen)
    if things:
        parts.append("Pipes, sockets and semaphores\n" + "\n".join(_paragraph(one, width, "- ") for one in things))
    if judgement.waits:
        parts.append(
            "Where the threads of the parent wait\n"
            + "\n".join(_paragraph(one, width, "- ") for one in judgement.waits)
        )
    if seen.stderr.strip():
        size = len(seen.stderr.encode(errors="replace"))
        end = f", the last {size:,} of {seen.stderr_bytes:,} bytes" if seen.stderr_bytes > size else ""
        parts.append(f"What was written on stderr{end}\n{textwrap.indent(last_lines(seen.stderr), '  ')}")
    if stacks:
        parts.append(stacks_of(seen, width))
    return "\n\n".join(parts) + "\n"


def _drawn(table: Table) -> str:
    return tabulate(table.rows, table.headers, disable_numparse=True)


def processes(seen: Observation) -> Table:
    """The process table. What was not looked for is "-"; no rows in records that are older than the table."""
    fired = next((event for event in seen.events if event["event"] == "fault"), None)
    # both clocks are the machine's monotonic one
    fault = (int(fired["t"]) - seen.launched) / 1e9 if fired is not None and seen.launched else None
    statuses = {int(pid): status for pid, status in seen.deaths.items()}
    statuses |= {
        int(event["child"]): int(event["status"])
        for event in seen.events
        if event["event"] == "reaped" and "child" in event
    }
    holdings = {one.pid: one for one in seen.holdings}
    known = names.names(seen)
    rows = [_row(member, fault, statuses, holdings.get(member.pid), seen, known) for member in seen.members]
    victim = None if fired is None else int(fired.get("victim") or fired["pid"])
    if rows and victim is not None and victim not in {member.pid for member in seen.members}:
        # it came and went between two looks of the watchdog; the fault and the one who reaped it have seen it
        end = exits.name(statuses[victim]) if victim in statuses else "-"
        rows.append([f"{victim} {known.processes.get(victim, 'the victim')}", "-", "-", "there", end, "", "", ""])
    when = "" if fault is None else f", the fault {fault:.2f} s"
    dropped = seen.members_seen - len(seen.members)
    omitted = f"; {dropped} between the first and the last are left out" if dropped > 0 else ""
    return Table(f"Processes (seconds after the start{when}{omitted})", HEADERS, rows)


def called(seen: Observation) -> list[str]:
    """What each thing is for which somebody waits: ``pipe 3: the task queue from 10 to 11, 12``; each pipe where nobody could
    tell who waits for what (older records)."""
    known = names.names(seen)
    waited = {wait.target for one in seen.holdings for wait in names.waits_of(one) if wait.call != "exit"}
    others = {number for one in seen.holdings for number in (*one.reads, *one.writes)}
    waited = waited or {f"pipe {number}" for number in sorted(others)[:LISTED]}
    lines = []
    for thing in sorted(waited, key=lambda thing: (thing.split()[0], int(thing.split()[-1]))):
        lines.append(f"{thing}: {names.by_its_ends(thing, seen, known.things.get(thing, ''))}")
    rest = len(others - {int(thing.split()[-1]) for thing in waited if thing.startswith("pipe ")})
    if lines and rest:
        lines.append(f"and {counted(rest, 'other pipe')}, for which nobody is seen to wait")
    return lines


def _with_name(wait: str, known: names.Names) -> str:
    """``read pipe 3 (the task queue)``."""
    target = " ".join(wait.split()[-2:])
    return f"{wait} ({known.things[target]})" if target in known.things else wait


def _row(
    member: Member,
    fault: float | None,
    statuses: dict[int, int],
    holding: Holding | None,
    seen: Observation,
    known: names.Names,
) -> list[str]:
    before = "-" if fault is None else "there" if _was_there(member, fault, seen) else "not there"
    if member.until is None:
        afterwards = f"there ({member.state})" if seen.deadline_passed else "left running"
    else:
        status = statuses.get(member.pid)
        how = "gone" if status is None else exits.name(status)
        afterwards = f"{how} {member.until:.2f}"
    name = known.processes.get(member.pid) or _role(member, seen)
    return [
        f"{member.pid} {name}",
        "-" if member.pid == seen.main_pid else str(member.parent),
        f"{member.since:.2f}",
        before,
        afterwards,
        ", ".join(_with_name(wait, known) for wait in holding.waits) if holding else "",
        _numbers(holding.reads) if holding else "",
        _numbers(holding.writes) if holding else "",
    ]


def _was_there(member: Member, fault: float, seen: Observation) -> bool:
    """Whether a process lived at the moment of the fault. Where its birth is too near to tell, what it said till then does."""
    if member.until is not None and member.until < fault:
        return False
    if abs(member.since - fault) > BIRTH_WITHIN:
        return member.since < fault
    moment = seen.launched + fault * 1e9
    return any(event["pid"] == member.pid and int(event["t"]) <= moment + 1 for event in seen.events)


def _role(member: Member, seen: Observation) -> str:
    """What a process is: the end of its command line, where it has one of its own."""
    main = next((one.command for one in seen.members if one.pid == seen.main_pid), "")
    if not member.command or member.command == main:
        return ""
    words = member.command.split(" ", 1)[-1]
    return f"({words[:30]}{'...' if len(words) > 30 else ''})"


def stacks_of(seen: Observation, width: int = 100) -> str:
    """Where each thread was, process by process, the program first."""
    parts = []
    for pid in sorted({*seen.stacks, *seen.native}, key=lambda pid: (int(pid) != seen.main_pid, int(pid))):
        who = "the program" if int(pid) == seen.main_pid else f"process {pid}"
        if pid in seen.stacks:
            parts.append(f"Stacks of {who}, its own\n" + textwrap.indent(seen.stacks[pid].rstrip(), "  "))
        if pid in seen.native:
            text = seen.native[pid].rstrip()
            failed = text.startswith(FAILED)
            shown = _paragraph(text, width) if failed else textwrap.indent(text, "  ")
            parts.append(f"Native stacks of {who}, by py-spy\n{shown}")
    return "\n\n".join(parts) or "No stacks: only what hangs is asked for them."


def _paragraph(text: str, width: int, mark: str = "") -> str:
    return textwrap.fill(
        text, width, initial_indent=f"  {mark}", subsequent_indent="  " + " " * len(mark), break_on_hyphens=False
    )


def _numbers(numbers: Sequence[int]) -> str:
    """``1-3 7``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return " ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
