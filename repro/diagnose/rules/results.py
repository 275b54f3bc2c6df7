"""Rules about a result for which somebody waits, and that nobody is going to give. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from repro.diagnose import deaths, pools
from repro.diagnose.asks import called_at
from repro.diagnose.kinds import NOBODY_DIED, SOMEBODY_DIED, Kind
from repro.diagnose.pools import POOL, Stage
from repro.diagnose.rules.finding import CERTAIN, LIKELY, Finding, are
from repro.diagnose.view import Owner
from repro.verdicts import explain


def lost_task(owner: Owner) -> Iterator[Finding]:
    """Somebody waits for a result, every worker waits for a task, and nothing is on its way. A pool's end may wait so
    without any task, too: where nothing tells that one is left, ``end_waits`` speaks."""
    if not owner.idle or owner.full_pipes or owner.outstanding is False or not owner.has_stack:
        return
    if owner.in_programs_code or (owner.pools and not pools.FORGETFUL & set(owner.pools)):
        return
    gone, nobody = deaths.gone(owner), deaths.nobody(owner)
    told = owner.outstanding
    asked = ", ".join(called_at(one) for one in owner.callers)
    if told is None and (not owner.callers or owner.ends):
        return  # nobody says that a result is to come
    sentences = []
    if owner.callers and not owner.ends:
        sentences += [*explain.task_forgotten(owner.scene(died=bool(gone)))]
        if not sentences:
            sentences.append("the caller waits for a result, and no worker has a task that could give one")
    elif owner.callers:
        sentences += [*explain.joins_for_ever(owner.scene(died=bool(gone)))]
    if asked:
        what = "a result that nobody computes" if owner.ends else "it"
        counted = ", and the pool itself counts it as not answered" if told else ""
        sentences.append(f"{asked} waits for {what}{counted}")
    sentences.append(
        f"each of the {len(owner.workers)} workers waits for a task, and no task and no result is on its way: "
        "the pipes are empty"
        if owner.snapshot.pipes
        else f"each of the {len(owner.workers)} workers waits for a task"
    )
    if nobody:
        sentences.append(f"{nobody}; the task was lost in another way: it is counted, and no worker has it")
    certain = told or gone
    sure, evidence = CERTAIN if certain else LIKELY, [*sentences, *deaths.sentences(owner)]
    yield Finding(
        Kind.LOST_TASK, sure, owner.pid, evidence, case=NOBODY_DIED if nobody else SOMEBODY_DIED if gone else None
    )


def will_notice(owner: Owner) -> Iterator[Finding]:
    """The same in a pool that notices a death itself: it may be about to, and an error is on its way."""
    own = [name for name in owner.pools if name not in pools.FORGETFUL]
    quiet = owner.idle and not owner.full_pipes and not owner.in_programs_code
    if not own or not quiet or not owner.callers or owner.ends:
        return
    asked = ", ".join(called_at(one) for one in owner.callers)
    sentences = [
        f"{asked} waits for a result, and each of the {len(owner.workers)} workers waits for a task",
        f"a pool of this kind ({own[0]}) notices a death itself, if only after ten seconds, and then the caller gets an error: "
        "look again; where it is the same then, a task is lost",
        *deaths.sentences(owner),
    ]
    yield Finding(Kind.CANNOT_TELL, LIKELY, owner.pid, sentences)


def lost_beside(owner: Owner) -> Iterator[Finding]:
    """Somebody waits for Pool's results, some workers are at work, and others have been replaced: what those had is lost."""
    if POOL not in owner.pools or not owner.callers or owner.ends or not owner.at(Stage.TASK, Stage.SENDS):
        return
    if owner.limited is not False:
        return
    replacements = deaths.younger(owner)
    if not replacements:
        return
    asked = ", ".join(called_at(one) for one in owner.callers)
    sentences = [
        *deaths.sentences(owner),
        f"{asked} waits for all tasks; if the worker that is gone had one in its hands, {explain.FORGOTTEN}",
        f"{are(owner.at(Stage.TASK, Stage.SENDS), 'still at work')}: the others' results come, and this one will not",
    ]
    yield Finding(Kind.LOST_TASK, LIKELY, owner.pid, sentences, case=SOMEBODY_DIED)
