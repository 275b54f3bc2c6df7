"""What the lessons say beside their runs: the answers to their questions, and what their prose claims of a changed program.

Each is a program of the lesson with something else in it, run on the oldest Python, on this one and on the newest.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from repro.lessons import library, model, recording
from repro.lessons.runner import Python, lacks, together
from repro.observer.launch import Stage
from repro.plan import interpreters
from tests.repro.acceptance.test_lessons import pythons


@dataclass(frozen=True)
class Claim(model.Run):
    """A run that no lesson has. changes: what is replaced in its program, each once. since, before: of which Pythons."""

    changes: tuple[tuple[str, str], ...] = ()
    since: tuple[int, int] = (3, 8)
    before: tuple[int, int] = (4, 0)

    def source(self, folder: Path) -> str:
        text = (folder / "programs" / self.program).read_text("utf-8")
        for old, new in self.changes:
            assert text.count(old) == 1, (self.name, old)
            text = text.replace(old, new)
        return text


def claim(
    name: str, program: str, ends: str, *changes: tuple[str, str], deadline: float = 0.0, **about: object
) -> Claim:
    """A hang is waited for six seconds, if no deadline is said: the machine may be busy."""
    limit = deadline or (6.0 if ends == model.HANG else 30.0)
    return Claim(name=name, program=program, ends=(ends,), deadline=limit, changes=changes, **about)  # type: ignore[arg-type]


#: Changes of lesson 9's program: the thread holds the lock for two seconds, and is started by the import.
AT_IMPORT = (
    ("    threading.Thread(target=hold, args=(0,), daemon=True).start()\n", ""),
    ("def worker(", "threading.Thread(target=hold, args=(2,), daemon=True).start()\n\n\ndef worker("),
)
#: And: an executor gets nine tasks, of four seconds each.
SUBMITTED = (
    ("        return number", "        time.sleep(4)\n        return number"),
    ("import get_context", "import get_context\nfrom concurrent.futures import ProcessPoolExecutor"),
    ('get_context("fork").Pool(3)', "ProcessPoolExecutor(3)"),
    (
        "pool.map(worker, [1, 2, 3])",
        "[one.result() for one in [pool.submit(worker, number) for number in range(1, 10)]]",
    ),
)

#: Of lesson 10's.
JOB_C = ('JOB = "A"', 'JOB = "C"')
SPAWN = ('get_context("fork")', 'get_context("spawn")')
EXECUTOR = (
    ('get_context("fork").Pool(3)', 'ProcessPoolExecutor(3, get_context("fork"))'),
    ("print(pool.map(task, [1, 2, 3])", "print(list(pool.map(task, [1, 2, 3]))"),
    ("import threading", "import threading\nfrom concurrent.futures import ProcessPoolExecutor"),
)

#: By lesson.
CLAIMS = {
    1: [
        claim(
            "an exception is the answer",
            "hang.py",
            "exit 1",
            ("sys.exit(1)", "raise ValueError(number)"),
            shows=("ValueError: 3",),
        ),
        claim(
            "who sleeps is as quiet as who hangs, and returns",
            "slow.py",
            "exit 0",
            ("sum(range(120_000_000))", "__import__('time').sleep(5)"),
            shows=("[1, 2, 3]",),
        ),
    ],
    3: [
        claim(
            "imap_unordered hands over eleven, then waits",
            "notices.py",
            "hang",
            ("[1, 2, 3])", "[0])"),
            ("number == 3", "number in (0, 3)"),
            (
                "pool.map(worker, [1, 2, 4])",
                "[print('got', one, flush=True) for one in pool.imap_unordered(worker, range(1, 13))]",
            ),
            shows=tuple(f"got {number}" for number in (1, 2, *range(4, 13))),
            hides=("second map",),
        ),
        claim(
            "the rest of a chunk is never begun",
            "fates.py",
            "hang",
            ("number == 6", "number == 5"),
            ("chunksize=2", "chunksize=4"),
            ("    if number", "    print('begun', number, flush=True)\n    if number"),
            shows=("None, None, None, None", "begun 5"),
            hides=("begun 6", "begun 7", "begun 8"),
        ),
    ],
    2: [
        claim(
            "an exception is status 1, and the child prints it",
            "child.py",
            "exit 0",
            ("return 42", "raise ValueError(42)"),
            shows=("child tidies up", "ValueError: 42", "exitcode 1"),
        ),
        claim(
            "SystemExit is caught by BaseException",
            "child.py",
            "exit 0",
            ("return 42\n    finally:", "sys.exit(42)\n    except BaseException:"),
            shows=("child tidies up", "exitcode 0"),
        ),
        claim(
            "who sends first, has sent",
            "messages.py",
            "exit 0",
            ("    writer.send(number)\n", ""),
            ("    if number", "    writer.send(number)\n    if number"),
            shows=("result 3",),
        ),
        claim(
            "status 0 is no result",
            "messages.py",
            "hang",
            ("sys.exit(1)", "sys.exit(0)"),
            hides=("result 3",),
        ),
        claim(
            "a return without a message is no result",
            "messages.py",
            "hang",
            ("sys.exit(1)", "return"),
            hides=("result 3",),
        ),
        claim(
            "while a child runs, there is no exit code",
            "child.py",
            "exit 0",
            ("process.join()", "print('before', process.exitcode, flush=True)\n    process.join()"),
            ("return 42", "return __import__('time').sleep(1)"),
            shows=("before None", "exitcode 0"),
        ),
    ],
    4: [
        claim(
            "the with block waits for all",
            "futures.py",
            "exit 1",
            ("    wait(futures)\n", "    print('done', all(future.done() for future in futures), flush=True)\n"),
            shows=("done True",),
        ),
        claim(
            "after a death, submit raises",
            "futures.py",
            "exit 1",
            ("sys.exit(1)", "os.kill(os.getpid(), 9)"),
            ("[executor.submit(worker, number) for", "[(executor.submit(worker, number), time.sleep(4))[0] for"),
            ("[1, 2, 3]", "[3, 1, 2]"),
            shows=("BrokenProcessPool",),
            hides=("exception:",),
        ),
        claim(
            "who was done by then is no innocent that fails",
            "futures.py",
            "exit 1",
            ("sys.exit(1)", "time.sleep(4) or os.kill(os.getpid(), 9)"),
            ("time.sleep(1)", "time.sleep(0)"),
            shows=("exception: None", "exception: BrokenProcessPool"),
        ),
        claim(
            "result() raises SystemExit just so",
            "futures.py",
            "exit 0",
            ("sys.exit(1)", "sys.exit(0)"),
            ("    for future in futures:\n        error", "    for future in ():\n        error"),
            hides=("Traceback", "[1, 2"),
        ),
        claim(
            "Pool looks at no status",
            "tries.py",
            "exit 1",
            ("sys.exit(1)", "os._exit(0)"),
            shows=("TimeoutError",),
            hides=("caught",),
        ),
    ],
    5: [
        claim(
            "before the effect or after it, the futures hold the same",
            "charges.py",
            "exit 0",
            ("    if number == 6:\n        os.kill(os.getpid(), 9)\n", ""),
            ("    with open(", "    if number == 6:\n        os.kill(os.getpid(), 9)\n    with open("),
            shows=("[5] received", "[6] BrokenProcessPool", "[8] BrokenProcessPool", "booked 1 2 3 4 5"),
            hides=("booked 1 2 3 4 5 6",),
        ),
    ],
    6: [
        claim(
            "one of them had the lock",
            "lock.py",
            "hang",
            ("processes=1", "processes=3"),
            ("        victim = active_children()[0]\n", "        for victim in active_children():\n    "),
            shows=("[1, 2, 3]",),
            hides=("[4, 5, 6]",),
        ),
        claim("one Ctrl-C is not enough", "lock.py", "hang", deadline=10.0, interrupts=1, shows=("[1, 2, 3]",)),
    ],
    7: [
        claim(
            "a Process under fork holds the pipe",
            "pipe.py",
            "exit 0",
            ('leave_behind("copy")\n', 'get_context("fork").Process(target=time.sleep, args=(30,)).start()\n'),
            deadline=60.0,
            shows=("the pipe has ended: False",),
        ),
        claim(
            "a Process under spawn does not",
            "pipe.py",
            "exit 0",
            ('leave_behind("copy")\n', 'get_context("spawn").Process(target=time.sleep, args=(30,)).start()\n'),
            deadline=60.0,
            shows=("the pipe has ended: True",),
        ),
        claim(
            "join with a timeout waits for the pipe",
            "pipe.py",
            "exit 0",
            (
                "    process.join()",
                "    begun = time.monotonic()\n    process.join(1)\n    print(time.monotonic() - begun >= 1)",
            ),
            deadline=60.0,
            shows=("True", "exit status: 1"),
        ),
        claim(
            "the executor reports the death when the helper ends",
            "trouble.py",
            "exit 0",
            ("time.sleep(30)", "time.sleep(1)"),
            deadline=60.0,
            shows=("BrokenProcessPool",),
        ),
    ],
    8: [
        claim(
            "a limit of one's own refuses first, in a group as well",
            "oom.py",
            "exit 1",
            ('"cgroup"', '"address space"'),
            deadline=60.0,
            memory=200,
            shows=("input 3", "MemoryError"),
        ),
        claim(
            "asking is free",
            "oom.py",
            "exit 0",
            ('b"x" * (2 << 30)', "bytes(2 << 30)"),
            deadline=60.0,
            memory=200,
            shows=("[1, 2, 2147483648]",),
        ),
        claim(
            "a bytearray is written on",
            "oom.py",
            "hang",
            ('b"x" * (2 << 30)', "bytearray(2 << 30)"),
            memory=200,
            shows=("input 3",),
        ),
    ],
    9: [
        claim(
            "spawn imports the program, too",
            "methods.py",
            "exit 0",
            ('"fork"', '"spawn"'),
            deadline=60.0,
            shows=("setting as written",),
            hides=("as changed",),
        ),
        claim(
            "forkserver has no lock of ours",
            "methods.py",
            "exit 0",
            ('"fork"', '"forkserver"'),
            ("args=(0,)", "args=(60,)"),
            deadline=60.0,
            shows=("[1, 2, 3]",),
        ),
        claim(
            "an initializer hands the setting over",
            "methods.py",
            "exit 0",
            ("def worker(", "def init(given: str) -> None:\n    global setting\n    setting = given\n\n\ndef worker("),
            ('"fork").Pool(3)', '"spawn").Pool(3, init, [setting])'),
            deadline=60.0,
            shows=("setting as changed", "[1, 2, 3]"),
            hides=("as written",),
        ),
        claim(
            "a thread of the import is in each worker of its own",
            "methods.py",
            "exit 0",
            ('"fork"', '"forkserver"'),
            *AT_IMPORT,
            before=(3, 13),
            deadline=60.0,
            shows=("[1, 2, 3]",),
        ),
        claim(
            "a thread of the import is in the fork server",
            "methods.py",
            "hang",
            ('"fork"', '"forkserver"'),
            *AT_IMPORT,
            since=(3, 14),
            deadline=10.0,
            hides=("[1, 2, 3]",),
        ),
        claim(
            "forked with threads, Python 3.12 has a warning",
            "methods.py",
            "hang",
            ("args=(0,)", "args=(60,)"),
            (
                '    setting = "as changed"',
                "    __import__('warnings').simplefilter('default')\n    setting = 'as changed'",
            ),
            since=(3, 12),
            shows=("is multi-threaded, use of fork() may lead to deadlocks",),
        ),
        claim(
            "the fork server's workers stay as well",
            "orphans.py",
            "exit 0",
            ('POOLS["executor"](3)', 'POOLS["executor"](3, get_context("forkserver"))'),
            deadline=60.0,
            shows=("its workers run: all",),
        ),
        claim(
            "a busy worker of Pool stays until its task has ended",
            "orphans.py",
            "exit 0",
            ('POOLS["executor"]', 'POOLS["Pool"]'),
            ("    os.kill(", "    pool.map_async(worker, [4, 4, 4], 1)\n    time.sleep(1)\n    os.kill("),
            deadline=60.0,
            shows=("its workers run: all",),
        ),
        claim(
            "Ctrl-C ends no executor that has tasks",
            "methods.py",
            "killed by SIGINT",
            *SUBMITTED,
            deadline=60.0,
            interrupts=1,
            shows=("input 9", "KeyboardInterrupt"),
        ),
        claim(
            "Ctrl-C ends a Pool that has tasks",
            "methods.py",
            "killed by SIGINT",
            ("        return number", "        time.sleep(4)\n        return number"),
            ("[1, 2, 3]", "list(range(1, 10)), 1"),
            deadline=60.0,
            interrupts=1,
            shows=("KeyboardInterrupt",),
            hides=("input 9",),
        ),
    ],
    10: [
        claim(
            "an exception is no hang",
            "job.py",
            "exit 1",
            ("        os._exit(1)", "        raise ValueError(3)"),
            deadline=60.0,
            shows=("ValueError: 3",),
            hides=("STAT",),
        ),
        claim("an executor tells of job A", "job.py", "exit 1", *EXECUTOR, deadline=60.0, shows=("BrokenProcessPool",)),
        claim("an executor does not help job C", "job.py", "hang", JOB_C, *EXECUTOR, deadline=8.0, shows=("in task",)),
        claim("spawn does not help job A", "job.py", "hang", SPAWN, deadline=8.0, shows=("input 3",), hides=("[1",)),
        claim("spawn helps job C", "job.py", "exit 0", JOB_C, SPAWN, deadline=60.0, shows=("[1, 2, 3]",)),
    ],
}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("number", CLAIMS)
def test_what_a_lesson_says_is_so(number: int, request: pytest.FixtureRequest) -> None:
    """On this Python; with --full on the oldest and the newest, too."""
    chosen = pythons() if request.config.getoption("--full") else [interpreters.current()]
    folder = library.folders()[number]
    jobs = [
        (one, folder, Python(python.path, python.version))
        for one in CLAIMS[number]
        if not lacks(one)
        for python in chosen
        if one.since <= python.release[:2] < one.before
    ]
    with Stage() as stage:
        found = together(stage, jobs, working=os.cpu_count() or 1)
    differ = {
        f"{one.name} on {python.version}": remarks
        for (one, _, python), seen in zip(jobs, found, strict=True)
        if (remarks := recording.differences(one, seen))
    }
    assert differ == {}
