"""From a snapshot to a diagnosis: a pure function, and the words in which it is told."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from repro.diagnose import above, without_stacks
from repro.diagnose.kinds import HEALTHY, PAGES, STUCK, UNKNOWN, Case, Kind, Page
from repro.diagnose.rules import RULES
from repro.diagnose.rules.finding import CERTAIN, LIKELY, SHOWN, Finding
from repro.diagnose.snapshot import Absent, Snapshot
from repro.diagnose.view import Owner
from repro.diagnose.waits import outside
from repro.diagnose.whose import owners


@dataclass(frozen=True)
class Diagnosis:
    """pid: the program that was looked at. asked: the number that was asked for, where that is another one; belongs: what that is
    to a pool of the program. finding: the one that decides. pool: what pool it is about, "" where that is not known.

    workers: the living ones of that pool. deaf: whether the program ignores SIGINT.
    also: what else was found, of this pool or of others in the tree. missing: the sources that gave nothing and could have told
    more. program: the command of the one that has the pool.
    """

    pid: int
    finding: Finding
    pool: str
    program: str
    also: list[Finding] = field(default_factory=list)
    missing: list[Absent] = field(default_factory=list)
    workers: list[int] = field(default_factory=list)
    deaf: bool = False
    asked: int = 0
    belongs: str = ""

    @property
    def kind(self) -> Kind:
        return self.finding.kind

    @property
    def page(self) -> Page:
        return PAGES[self.kind]

    @property
    def status(self) -> int:
        """That of the command: 0 healthy, 1 stuck, 2 cannot tell."""
        return self.page.status

    @property
    def now(self) -> str:
        """What to do with it, with its numbers."""
        return self.page.to_do(self.finding.owner, self.finding.pids, self.workers, self.deaf, self.finding.case)

    @property
    def lost(self) -> str:
        """What goes with it."""
        return self._case.lost or self.page.lost

    @property
    def next(self) -> str:
        """How to change the program."""
        return self._case.next or self.page.next

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Of the catalogue, those that show it."""
        return self._case.scenarios or self.page.scenarios

    @property
    def _case(self) -> Case:
        return self.finding.case or Case()


def diagnose(snapshot: Snapshot) -> Diagnosis:
    """What is wrong with a program, by what was seen of it."""
    found = _diagnosed(snapshot)
    if not snapshot.asked:
        return found
    return replace(found, asked=snapshot.asked, belongs=above.belongs(snapshot, snapshot.asked))


def _diagnosed(snapshot: Snapshot) -> Diagnosis:
    several = owners(snapshot)
    found = [(owner, finding) for owner in several for finding in findings(owner)]
    order = list(Kind)
    found.sort(key=lambda one: (-_weight(one[1]), order.index(one[1].kind)))
    if not found:
        owner = several[0] if several else None
        finding = _nothing(snapshot, owner)
        return Diagnosis(snapshot.pid, finding, _pool(owner), _program(snapshot, finding), [], snapshot.absent)
    owner, first = found[0]
    also = [finding for _, finding in found[1:] if finding.kind is not first.kind or finding.owner != first.owner]
    missing = snapshot.absent if PAGES[first.kind].status == UNKNOWN or first.certainty != CERTAIN else []
    living = [one.pid for one in owner.workers if not one.seen.ended]
    deaf = signal.SIGINT in owner.seen.ignored
    return Diagnosis(snapshot.pid, first, _pool(owner), _program(snapshot, first), also, missing, living, deaf)


def apart(found: Sequence[tuple[Diagnosis, Snapshot]]) -> list[tuple[Diagnosis, Snapshot]]:
    """Without those processes of which another diagnosis speaks already, and that have no pool themselves: what a dead worker has
    left behind has the same command as its program."""
    told = {
        (pid, one.pid)
        for one, _ in found
        for finding in (one.finding, *one.also)
        if PAGES[finding.kind].status == STUCK
        for pid in finding.pids
    }
    spoken = {pid for pid, by in told if pid != by}
    return [(one, taken) for one, taken in found if one.pid not in spoken or one.pool or one.status == STUCK]


def findings(owner: Owner) -> list[Finding]:
    """All that the rules say of one owner. Where its stack is not known, only what the kernel shows counts."""
    rules = RULES if owner.has_stack else without_stacks.RULES
    return [finding for rule in rules for finding in rule(owner)]


def _weight(finding: Finding) -> int:
    """A proof of being stuck comes first, then what is likely, then health, then ignorance."""
    status = PAGES[finding.kind].status
    if status == STUCK:
        return 3
    return 1 if status == HEALTHY else 2 if finding.evidence and finding.certainty == CERTAIN else 0


def _pool(owner: Owner | None) -> str:
    return ", ".join(owner.pools) if owner is not None else ""


def _program(snapshot: Snapshot, finding: Finding) -> str:
    seen = snapshot.seen(finding.owner)
    return seen.command if seen is not None else ""


def _nothing(snapshot: Snapshot, owner: Owner | None) -> Finding:
    """What is said where no rule says anything."""
    seen = snapshot.seen(snapshot.pid)
    if seen is None:
        return Finding(Kind.CANNOT_TELL, LIKELY, snapshot.pid, ["the process was not seen"])
    if owner is not None and (owner.workers or owner.pools or owner.callers):
        return Finding(Kind.CANNOT_TELL, LIKELY, owner.pid, _what_is_known(owner))
    if left := [one for one in snapshot.processes if not one.outsider and above.works(one)]:
        sentences = [
            f"process {one.pid} is {above.what(one)}, or one has forked it: it {outside(one)}" for one in left[:4]
        ]
        pid, parent = left[0].pid, left[0].parent
        why = f"the program of worker {pid} is neither in this tree nor above it: the parent of {pid} is {parent}"
        return Finding(Kind.CANNOT_TELL, CERTAIN, snapshot.pid, [why, *sentences])
    several = [one for one in snapshot.processes if not one.outsider]
    if any(one.python and (one.no_stack or not one.threads) for one in several):
        sentences = [f"process {one.pid} {outside(one)}" for one in several[:4]]
        if snapshot.born or snapshot.gone:
            came_and_went = f"{len(snapshot.born)} processes below it were started and {len(snapshot.gone)} ended"
            sentences.insert(0, f"within {snapshot.window.seconds:.1f} s, {came_and_went}")
        return Finding(Kind.CANNOT_TELL, LIKELY, snapshot.pid, sentences)
    what = (
        "it has no child that is a Python"
        if not any(one.python for one in several[1:])
        else "no child of it is a worker"
    )
    python = "" if seen.python else " It is no Python, as far as can be seen."
    others = [f"process {one.pid} {outside(one)}" for one in several[1:] if one.python]
    told = [f"{what}; it {outside(seen)}.{python}".rstrip("."), *others[:SHOWN]]
    return Finding(Kind.NOT_A_POOL, CERTAIN, snapshot.pid, told)


def _what_is_known(owner: Owner) -> list[str]:
    sentences = [f"the program ({owner.pid}) {outside(owner.seen)}"]
    for worker in owner.workers[:4]:
        sentences.append(f"worker {worker.pid} {worker.stage.value}")
    if len(owner.workers) > 4:
        sentences.append(f"and {len(owner.workers) - 4} more workers")
    return sentences
