"""What a diagnosis can be: the kinds, what each means, what to do now and the next time. Texts and data; no code looks at a
program.

Each has its page in ``repro show``. The scenarios are those of the catalogue that show it from processes that really died.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from repro.versions import StrEnum

#: What a command's exit status says of a kind.
HEALTHY, STUCK, UNKNOWN = 0, 1, 2


class Kind(StrEnum):
    """The name of a kind, as ``repro show`` and ``--format json`` have it."""

    STOPPED_WORKER = "stopped-worker"
    HALF_MESSAGE = "half-written-message"
    RESPAWN_STORM = "respawn-storm"
    POISONED_LOCK = "poisoned-queue-lock"
    THREADS_DEADLOCKED = "pool-threads-deadlocked"
    OWN_TASK = "waits-for-its-own-task"
    THREAD_GONE = "manager-thread-gone"
    AFTER_FORK = "deadlocked-after-fork"
    GRANDCHILD = "grandchild-keeps-the-pipe"
    NO_WORKER = "no-worker-left"
    LOST_TASK = "lost-task"
    END_WAITS = "end-waits-for-a-worker"
    OUT_OF_MEMORY = "out-of-memory"
    ONLY_SLOW = "only-slow"
    OUTSIDE = "waits-for-something-outside"
    IDLE_POOL = "idle-pool"
    NOT_A_POOL = "not-a-pool"
    CANNOT_TELL = "cannot-tell"


@dataclass(frozen=True)
class Case:
    """What of a page is other in some findings of its kind: the fields are those of a page; "" where that is as there."""

    now: str = ""
    lost: str = ""
    next: str = ""
    scenarios: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """title: the kind in a few words. status: of the command. means: what happened. now: what to do with the program that
    hangs, with ``{owner}`` for its pid, ``{pids}`` for those that the finding is about, ``{all}`` for the program and its
    workers, and ``{interrupt}`` for how it is ended; alone: the same where there are no such pids. lost: what goes with it. next:
    how to change the program. scenarios: of the catalogue.

    What is said to follow of what is done, followed when that was done: ``reports/diagnose/remedies.md``.
    """

    title: str
    status: int
    means: str
    now: str
    lost: str
    next: str
    scenarios: tuple[str, ...] = ()
    alone: str = ""

    def to_do(
        self,
        owner: object,
        pids: Sequence[object],
        workers: Sequence[object],
        deaf: bool = False,
        case: Case | None = None,
    ) -> str:
        """What to do now, with its numbers. workers: the living ones. deaf: whether the program ignores SIGINT. case: of the
        finding."""
        several = " ".join(map(str, [owner, *workers]))
        fields = {"owner": owner, "pids": " ".join(map(str, pids)) or "PID", "all": several}
        told = (case.now if case else "") or (self.now if pids or not self.alone else self.alone)
        return told.format(interrupt=(DEAF if deaf else INTERRUPT).format(**fields), **fields)


INTERRUPT = (
    "`kill -INT {owner}` ends it with a traceback, unless its end waits for the same; if it, or a worker of it, is still there "
    "after some seconds, `kill -KILL {all}` ends them"
)
DEAF = (
    "`kill -KILL {all}` ends it and its workers (it ignores SIGINT, as programs do that were started in the background)"
)
_HOW = (
    "Where nothing above says how the worker died, that can't be known any more: start the program again, and follow it with "
    "`repro diagnose --watch PID`, which tells that at once."
)
_SAFEPOOL = (
    "With `from safepool import Pool, ProcessPoolExecutor` instead, only that task fails, at once, with its name and the "
    "cause."
)

#: A stopped worker that was sent SIGTERM by its pool, which waits for its end: it will not go on with its task.
BROKEN = Case(
    "The executor is broken already, since a worker has died: `kill -CONT {pids}` lets the stopped one end, and then every task "
    "that is not done fails with BrokenProcessPool.",
    "all tasks that are not done.",
)
TERMINATED = Case(
    "It was asked to end (SIGTERM) while it was stopped, by a pool that is terminated, or is broken since another worker has "
    "died: `kill -CONT {pids}` lets it end, and the program goes on after its pool, or to the error.",
    "what the workers have in their hands.",
)
#: One of a Pool in which another worker has died.
BESIDE_A_DEATH = Case(
    "`kill -CONT {pids}` lets it go on. A worker has died, too: if that one had a task, the program is stuck then all the same, "
    "with a lost task: ask again.",
    "the task of the worker that has died, if it had one; and with that all that its call has computed.",
)
#: A process that is in no pool, and waits for a lock as a worker may.
OWN_PROCESS = Case(
    "`kill {pids}` ends that process: whoever waits for its end goes on then, without what it was to do.",
    "what that process was to do.",
)
_IN_ORDER = ": why does that take so long? The pool is in order, as far as can be seen."


def in_code(places: Sequence[str]) -> Case:
    """Of what waits in the program's own code: where that is, ``work() at job.py:5``."""
    told = " and at ".join(places).replace("{", "{{").replace("}", "}}")
    return Case(now=f"Wait, or look at {told}{_IN_ORDER}")


#: A lost task of a pool of which a worker has died; and of one of which none has.
SOMEBODY_DIED = Case(scenarios=("sigkill", "oom", "sys-exit", "os-exit"))
NOBODY_DIED = Case(
    next="Let nobody change the list of arguments while `map` sends its tasks.",
    scenarios=("list-changed",),
)

PAGES: dict[Kind, Page] = {
    Kind.LOST_TASK: Page(
        "a task is lost",
        STUCK,
        "Somebody waits for a result, and no worker has the task that would give it. The pool keeps no record of who "
        "has which task: that of a worker that died is forgotten, and so is one that was counted and never sent. "
        "Whoever waits for its result waits for ever.",
        "Nothing makes it go on: the result will never come. {interrupt}.",
        "what the tasks of the call have returned goes with it: `map` hands over all results or none.",
        f"{_HOW} Look for `sys.exit()`, `os._exit()` and `quit()` in what a task calls, for tasks that need much memory, and for "
        f"libraries in C that may crash. {_SAFEPOOL} With the standard library, `concurrent.futures.ProcessPoolExecutor` "
        "notices, and fails every task.",
        ("sigkill", "oom", "sys-exit", "os-exit", "list-changed"),
    ),
    Kind.POISONED_LOCK: Page(
        "the lock of a queue is held by nobody who lives",
        STUCK,
        "The lock of the queue that all workers share was taken by a worker that is dead. The others wait for it for ever, "
        "and so does every later call.",
        "Nothing makes it go on, and its end waits for that lock, too: `kill -KILL {all}` ends it and its workers.",
        "all that the call has computed, and every task that is still to come.",
        f"{_HOW} {_SAFEPOOL} Its workers share no queue and no lock.",
        ("idle-killed", "only-worker-killed", "all-idle-killed"),
    ),
    Kind.HALF_MESSAGE: Page(
        "half a message is in a pipe",
        STUCK,
        "A worker died in the middle of sending a result, or of reading a task. Whoever has the other end of the pipe waits "
        "for ever, for the rest or for room.",
        "Nothing makes it go on, and its end waits for the same pipe: `kill -KILL {all}` ends it and its workers.",
        "all results that were not handed over.",
        f"{_HOW} {_SAFEPOOL} Large results are better written to files, and their names returned.",
        ("killed-sending-result", "killed-sending-1mb", "killed-reading-argument"),
    ),
    Kind.STOPPED_WORKER: Page(
        "a worker is stopped",
        STUCK,
        "A worker has been stopped (SIGSTOP, SIGTSTP, SIGTTIN). It keeps its task, and whatever lock it has.",
        "`kill -CONT {pids}` lets it go on, and the program with it. If it is still stuck then, something else is wrong, too: "
        "ask again.",
        "nothing.",
        "Find out who stops it: a batch system that suspends jobs, a debugger, or a background job that "
        "reads from the terminal (SIGTTIN).",
        ("sigstop", "idle-stopped", "death-beside-stopped"),
    ),
    Kind.RESPAWN_STORM: Page(
        "workers are started and die, again and again",
        STUCK,
        "Each worker dies at its start, in the initializer or while it imports the program's main module, "
        "and the pool starts the next one "
        "without end.",
        "{interrupt}. What they die of is in the job's output.",
        "workers that die at their start have begun no task; what others have in their hands, if there are others.",
        'Mend the initializer, or put the start of the program under `if __name__ == "__main__":`. safepool gives up after some '
        "starts, and raises the initializer's error.",
        ("initializer-raises", "initializer-exits", "initializer-os-exit", "no-main-guard"),
    ),
    Kind.AFTER_FORK: Page(
        "a forked worker waits for a lock that nobody in it has",
        STUCK,
        "The process was forked while another thread of the program held a lock (of logging, of a library, of "
        "an import). The copy of the lock "
        "in the process is taken for ever: the thread that would release it is not there.",
        "`kill {pids}` ends the worker: an executor then raises BrokenProcessPool. Pool replaces the worker, does the other "
        "tasks, and waits for this one for ever; then {interrupt}.",
        "the task in the worker's hands; of Pool, all that the call has computed.",
        "Use the start method `spawn` or `forkserver`, or make the pool before any thread is started.",
        ("fork-with-lock", "fork-after-openmp"),
    ),
    Kind.GRANDCHILD: Page(
        "a process that a dead worker has started keeps its pipe open",
        STUCK,
        "The executor learns of a worker's death by the end of a pipe. A process that the worker had forked "
        "has inherited that pipe, lives, "
        "and keeps it open.",
        "`kill {pids}` ends that process: the executor notices the death at once, and raises BrokenProcessPool.",
        "all tasks that are not done; and what the killed process was doing.",
        f"{_HOW} {_SAFEPOOL} It asks the process, not the pipe. Or start such processes with `subprocess`, which "
        "closes what they need not have.",
        ("grandchild", "nested-process", "nested-pool"),
    ),
    Kind.THREAD_GONE: Page(
        "a thread that the pool needs is gone",
        STUCK,
        "One of the pool's own threads has ended, and nobody does its work any more. An exception that is no "
        "`Exception` (SystemExit) came out of a callback, of an iterable, or of pickling an argument; or a result could "
        "not be unpickled; or no worker could be started in place of one that had died; or the pool was ended while somebody "
        "waited for its results.",
        "Nothing makes it go on. {interrupt}.",
        "all results that were not handed over.",
        f"{_SAFEPOOL} Let no callback call `sys.exit`.",
        ("callback-exits", "argument-pickling-exits", "result-unpickling-raises", "iterable-exits"),
    ),
    Kind.THREADS_DEADLOCKED: Page(
        "threads of the pool wait for each other",
        STUCK,
        "Two threads of the program's own process, one or both of them the pool's, each have what the other one wants.",
        "Nothing makes it go on. {interrupt}.",
        "all results that were not handed over.",
        f"A newer Python may have mended it. {_SAFEPOOL}",
        ("many-submits", "cancel-futures-unpicklable", "submit-in-signal-handler", "submit-in-del"),
    ),
    Kind.OWN_TASK: Page(
        "a pool waits for itself",
        STUCK,
        "What the pool needs to go on, one of its threads or its workers, is in code of the program that "
        "waits for a result of the same pool.",
        "`kill {pids}` ends the process that waits for a pool of its parent's, and the program goes on without that. If it is "
        "still there after some seconds, {interrupt}.",
        "all results that were not handed over.",
        "Let no task, no callback and no iterable wait for a task of its own pool; a forked child can't use "
        "its parent's pool.",
        ("callback-waits", "generator-uses-pool", "pool-in-fork"),
        alone="Nothing makes it go on. {interrupt}.",
    ),
    Kind.NO_WORKER: Page(
        "no worker is left",
        STUCK,
        "The pool has tasks, and no worker; and it starts none.",
        "Nothing makes it go on. {interrupt}.",
        "the tasks that are not done.",
        f"A newer Python may have mended it (gh-115634, gh-119592). {_SAFEPOOL}",
        ("max-tasks", "max-tasks-collected", "max-tasks-shutdown-nowait"),
    ),
    Kind.END_WAITS: Page(
        "the pool's end waits for a worker",
        STUCK,
        "The program ends its pool, and that waits without a limit for a worker, or a thread, that does not end.",
        "`kill -KILL {pids}` ends those for which it waits, and the program goes on to its end, or to its error. If it is still "
        "there after some seconds, it may wait for others now: ask again, or `kill -KILL {all}` ends it and these workers.",
        "what they have in their hands.",
        f"{_SAFEPOOL} Its end is bounded.",
        ("death-then-close", "ignores-sigterm", "thread-outlives-task", "helper-killed", "sigterm-handler"),
        alone="No worker's end would help: the program waits for a thread of its own, or for a lock. {interrupt}.",
    ),
    Kind.OUT_OF_MEMORY: Page(
        "memory is used up",
        STUCK,
        "The program's memory cgroup, or the machine, is at its limit: the kernel takes pages away as fast "
        "as they are read, or ends a process.",
        "Give it more memory (the cgroup's limit can be raised while it runs), or end what uses most of it.",
        "nothing yet.",
        "Fewer workers, smaller chunks, results in files. safepool's `memory_limit=` fails the task before "
        "the kernel ends somebody.",
        ("oom",),
    ),
    Kind.ONLY_SLOW: Page(
        "it works: only slow",
        HEALTHY,
        "Some process of it computes. Nothing says that it is stuck.",
        "Wait, or look again later.",
        "nothing.",
        "A timeout for each task (`safepool.Pool(timeout=...)`) tells slow from stuck.",
    ),
    Kind.OUTSIDE: Page(
        "it waits for something outside",
        HEALTHY,
        "A task, or the program itself, waits for what is not the pool's: a connection, a lock of a file, "
        "another process, time.",
        f"Wait, or look at what is named above{_IN_ORDER}",
        "nothing.",
        "A timeout for the connection, or for the task (`safepool.Pool(timeout=...)`).",
    ),
    Kind.IDLE_POOL: Page(
        "the pool has nothing to do",
        HEALTHY,
        "Each worker waits for a task, and nobody waits for a result.",
        "Nothing: it goes on when the program has a task for it.",
        "nothing.",
        "",
    ),
    Kind.NOT_A_POOL: Page(
        "there is no pool in it",
        HEALTHY,
        "No process of it is a worker of a pool that is known here, and none of its threads serves one. Whether it is stuck "
        "in another way can't be told: what it waits for stands below.",
        "",
        "nothing.",
        "",
    ),
    Kind.CANNOT_TELL: Page(
        "cannot tell",
        UNKNOWN,
        "What could be seen fits a program that works, and one that is stuck.",
        "",
        "nothing.",
        "",
    ),
}
