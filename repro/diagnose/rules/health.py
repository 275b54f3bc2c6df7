"""Rules about what is no fault of the pool's: it computes, it waits for something else, it has nothing to do; or the machine is
full. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from repro.diagnose.asks import called_at, place, program_frame
from repro.diagnose.kinds import Kind, in_code
from repro.diagnose.pools import Stage
from repro.diagnose.rules.finding import CERTAIN, LIKELY, SHOWN, Finding, doing, task_of, who
from repro.diagnose.view import Owner
from repro.diagnose.waits import outside
from repro.observation import IDLE_SHARE
from repro.verdicts import explain

#: A cgroup that has more than this share of its limit is near its end.
NEAR = 0.97


def memory(owner: Owner) -> Iterator[Finding]:
    """The cgroup is within a few percent of its limit, and somebody waits for the disk and does not move: one that swaps, or
    reads what was taken away, is scheduled each time that a page has come."""
    ram = owner.snapshot.memory
    waits = [one.pid for one in owner.snapshot.processes if "D" in one.state and not owner.ran(one.pid)]
    if ram.limit and ram.used and ram.used > NEAR * ram.limit and waits:
        sentence = (
            f"its memory cgroup has {ram.used >> 20:,} of {ram.limit >> 20:,} MiB, and processes of it "
            "wait for the disk (state D)"
        )
        yield Finding(Kind.OUT_OF_MEMORY, LIKELY, owner.pid, [sentence])


def slow(owner: Owner) -> Iterator[Finding]:
    """Somebody computes, or the disk is read: a worker, the program, or a process that they have started."""
    several = [owner.seen, *(one.seen for one in owner.workers), *owner.strangers]
    several = [one for one in several if not one.outsider]
    busy = sorted(
        (one for one in several if owner.share(one.pid) > IDLE_SHARE or one.state == "D"),
        key=lambda one: -owner.share(one.pid),
    )
    born = owner.started(owner.snapshot.born, below=True)
    if not busy and not born:
        return
    sentences = []
    for one in busy[:4]:
        share = (
            f"uses {owner.share(one.pid):.0%} of a core"
            if owner.share(one.pid) > IDLE_SHARE
            else "waits for the disk (state D)"
        )
        sentences.append(f"{who(owner, one.pid)} {share}{doing(owner, one.pid)}")
    if len(busy) > 4:
        sentences.append(f"and {len(busy) - 4} more compute")
    if born:
        sentences.append(f"{len(born)} process(es) were started while it was looked at")
    yield Finding(Kind.ONLY_SLOW, CERTAIN, owner.pid, sentences, [one.pid for one in busy])


def waits_outside(owner: Owner) -> Iterator[Finding]:
    """A task waits, or moves without computing much; or the program's own code does, in a callback or elsewhere."""
    sentences = []
    pids = []
    places: dict[str, None] = {}
    for worker in owner.at(Stage.TASK, Stage.STARTS, Stage.SENDS, Stage.LEAVES):
        task = f", {task_of(worker)}" if worker.stage is Stage.TASK else ""
        sentences.append(f"worker {worker.pid} {worker.stage.value}{task}: it {outside(worker.seen)}")
        pids.append(worker.pid)
        if worker.role is not None and (frame := program_frame(worker.role.inner)) is not None:
            places[f"{frame.function}() at {place(frame)}"] = None
    if not sentences:
        sentences += [*explain.in_users_code(owner.scene(died=False))] or owner.in_programs_code
    if not sentences and owner.seen.stopped:
        traced = owner.seen.state == "t"
        sentences.append(
            "the program is stopped by a debugger"
            if traced
            else f"the program is stopped (state T): `kill -CONT {owner.pid}`"
        )
    if not sentences and any(one.seen.state == "t" for one in owner.workers):
        sentences.append("a worker is stopped by a debugger")
    if sentences:
        rest = len(sentences) - SHOWN
        sentences = sentences[:SHOWN] + [f"and {rest} more workers wait"] * (rest > 0)
        yield Finding(Kind.OUTSIDE, CERTAIN, owner.pid, sentences, pids, in_code([*places][:2]) if places else None)


def idle_pool(owner: Owner) -> Iterator[Finding]:
    """Every worker waits for a task, and nobody waits for a result."""
    if not (owner.workers and owner.idle and owner.has_stack) or owner.full_pipes:
        return
    if owner.unclear and not owner.callers:
        asked = ", ".join(map(called_at, owner.unclear))
        sentence = (
            f"{asked} waits for a future, of this pool, whose workers have no task, or of a pool of threads, one of which is at "
            "work: that can't be seen"
        )
        yield Finding(Kind.CANNOT_TELL, CERTAIN, owner.pid, [sentence])
    elif not owner.callers or owner.outstanding is False:
        workers = f"each of the {len(owner.workers)} workers" if len(owner.workers) > 1 else "the worker"
        sentence = f"{workers} waits for a task, and the program is elsewhere: it {outside(owner.seen)}"
        yield Finding(Kind.IDLE_POOL, CERTAIN if owner.outstanding is False else LIKELY, owner.pid, [sentence])
