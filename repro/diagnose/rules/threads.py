"""Rules about the threads of the program's own process: those of its pools that are gone, or wait for each other or for the pool.
Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from repro.diagnose import pools
from repro.diagnose.asks import ENDS, asking
from repro.diagnose.kinds import Kind
from repro.diagnose.pools import EXECUTOR, Stage
from repro.diagnose.rules.finding import CERTAIN, Finding
from repro.diagnose.view import Owner
from repro.verdicts import explain
from repro.verdicts.stacks import Frame


def threads_deadlocked(owner: Owner) -> Iterator[Finding]:
    """The mechanisms of the executor in which its own threads have what the others want."""
    scene = owner.scene(died=False)
    for rule in (explain.wakeup_pipe_is_full, explain.feeder_and_manager_wait, explain.locks_itself_out):
        sentences = list(rule(scene))
        if sentences and not owner.works(owner.pid):
            yield Finding(Kind.THREADS_DEADLOCKED, CERTAIN, owner.pid, sentences)


def own_task(owner: Owner) -> Iterator[Finding]:
    """A service thread is in code of the program's that waits for a result; or a forked process uses the pool of its parent."""
    for thread in owner.seen.threads:
        functions = [frame.function for frame in thread.frames]
        for service, caller, _what in explain.USERS_CODE:
            if service in functions and caller in functions:
                asked = _asked_within(thread.frames[: functions.index(caller)])
                if asked is not None:
                    sentences = [*explain.in_users_code(owner.scene(died=False)), f"that waits in {asked.place}"]
                    yield Finding(Kind.OWN_TASK, CERTAIN, owner.pid, sentences)
    forked = [(worker.seen, worker.role.inner) for worker in owner.at(Stage.TASK) if worker.role is not None]
    forked += [(one, one.main.frames) for one in owner.strangers if one.main is not None and one.parent == owner.pid]
    for seen, frames in forked:
        asked = _asked_within(frames)
        if asked is None or len(seen.threads) != 1 or owner.ran(seen.pid):
            continue
        sentence = (
            f"process {seen.pid} waits for a result, in {asked.place}, and has no other thread that could "
            "receive one: it "
            "uses a pool of the process from which it was forked, and a fork takes no thread along"
        )
        yield Finding(Kind.OWN_TASK, CERTAIN, owner.pid, [sentence], [seen.pid])


def _asked_within(frames: Sequence[Frame]) -> Frame | None:
    """The frame by which a result of a pool is waited for."""
    asked = asking(frames)
    return None if asked is None or asked.function in ENDS else asked


def thread_gone(owner: Owner) -> Iterator[Finding]:
    """A caller waits, and a thread that would have to do something for that is not there."""
    if not owner.callers:
        yield from _nobody_tells_workers_to_leave(owner)
        return
    scene = owner.scene(died=False)
    # an end takes a pool's threads down in good order; an executor's manager waits on only where a task is left
    sentences = [] if owner.ends else [*explain.thread_gone(scene)]
    if (
        EXECUTOR in owner.pools
        and not sentences
        and not any(owner.ran(one.pid) for one in owner.workers)
        and not owner.at(Stage.TASK)
    ):
        sentences = [*explain.feeder_gone(scene)] if owner.expects_feeder else []
    if not sentences and owner.idle and owner.outstanding and not owner.ends and worker_handler_gone(owner):
        workers = f"each of the {len(owner.workers)} workers" if len(owner.workers) > 1 else "the worker"
        sentences = [WORKER_HANDLER, f"{workers} waits for a task, and the pool has calls that are not answered"]
    if sentences:
        yield Finding(Kind.THREAD_GONE, CERTAIN, owner.pid, sentences)


#: That it is not there.
WORKER_HANDLER = "the worker handler, the thread that starts workers in place of those that end, has ended"


def worker_handler_gone(owner: Owner) -> bool:
    """Whether a Pool goes on without that thread: an exception has ended it, as it could start no worker."""
    scene = owner.scene(died=False)
    return bool(scene.parent_in("_handle_results")) and not scene.parent_in("_handle_workers")


def _nobody_tells_workers_to_leave(owner: Owner) -> Iterator[Finding]:
    """The interpreter's exit joins an executor's workers, after its manager thread should have told them to leave: that has ended
    before; or it waits for results, and whoever waited for it was interrupted."""
    main = owner.seen.main
    exits = main is not None and any(
        frame.function == "_exit_function" and frame.file.endswith("multiprocessing/util.py") for frame in main.frames
    )
    if not exits or EXECUTOR not in owner.pools or not owner.idle or owner.full_pipes:
        return
    manages = any(map(pools.service, owner.seen.threads))
    what = "which tells them to, waits for results" if manages else "which tells them to, has ended"
    sentence = (
        "the program is at its end, which waits for its workers to leave; each of them waits for a task, and the executor's "
        f"manager thread, {what}"
    )
    kind = Kind.END_WAITS if manages else Kind.THREAD_GONE
    yield Finding(kind, CERTAIN, owner.pid, [sentence], [one.pid for one in owner.workers])
