"""What a rule yields, and the words in which it names processes. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from repro.diagnose.asks import called_at
from repro.diagnose.kinds import Case, Kind
from repro.diagnose.view import Owner, Worker

CERTAIN, LIKELY = "certain", "likely"
#: So many workers are told one by one.
SHOWN = 4


@dataclass(frozen=True)
class Finding:
    """kind, and how sure it is. owner: whose pool it is about. evidence: sentences, the most telling first. pids: those of whom
    it speaks, for what is to be done. case: where its kind's page is not all that is to be said."""

    kind: Kind
    certainty: str
    owner: int
    evidence: list[str]
    pids: list[int] = field(default_factory=list)
    case: Case | None = None


def are(workers: list[Worker], what: str) -> str:
    """``workers 11, 12 are stopped``. what: the end of the sentence."""
    names = ", ".join(str(one.pid) for one in workers[:SHOWN]) + (
        f" and {len(workers) - SHOWN} more" if len(workers) > SHOWN else ""
    )
    return f"worker{'s' * (len(workers) > 1)} {names} {'are' if len(workers) > 1 else 'is'} {what}"


def who(owner: Owner, pid: int) -> str:
    """A process by what it is to the program: ``worker 11``."""
    if pid == owner.pid:
        return f"the program itself ({pid})"
    return f"worker {pid}" if any(one.pid == pid for one in owner.workers) else f"process {pid}, a descendant,"


def task_of(worker: Worker) -> str:
    """The task in its hands, as far as that is known."""
    return worker.task or "which can't be seen"


def doing(owner: Owner, pid: int) -> str:
    """In which task, or in which call, a process is: the end of a sentence, or ""."""
    worker = next((one for one in owner.workers if one.pid == pid), None)
    if worker is not None and worker.task:
        return f" in {worker.task}"
    seen = owner.snapshot.seen(pid)
    main = seen.main if seen else None
    return f" in {called_at(main)}" if main is not None else ""
