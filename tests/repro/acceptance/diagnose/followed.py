"""What followed when the advice of a diagnosis was taken: in words, and as the table of ``reports/diagnose/remedies.md``.

Pure, but for the command that prints it: ``python -m tests.repro.acceptance.diagnose.followed FOLDER > FOLDER/remedies.md``.
"""

from __future__ import annotations

import re
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from repro.diagnose.kinds import HEALTHY, PAGES, Kind
from repro.report.grid import tabulate
from repro.versions import release_of
from tests.repro.acceptance.diagnose import tables

REMEDIES = "remedies.jsonl.xz"
#: A command in the text of a diagnosis; and what stands in a page for its numbers.
COMMAND = re.compile(r"`(kill [^`]+)`")
OWNER, PIDS, WORKERS = "PID", "PIDS", "WORKERS"
#: How the words begin, by what has become of a program.
ENDS, GOES_ON, STUCK = "goes on to its end", "goes on:", "still stuck"
FAILS, STATUS, SIGNAL = "fails with", "ends with status", "ends by"
#: The last line of a traceback.
_ERROR = re.compile(r"^(?:[a-z_.]*\.)?([A-Z][A-Za-z]+)(?::|$)")

_INTERRUPT, _KILL_ALL = f"kill -INT {OWNER}", f"kill -KILL {OWNER} {WORKERS}"
_BROKEN = f"{FAILS} BrokenProcessPool"
#: What the texts say that follows of each command: what it is for, first; and what else they leave open. Written from the pages
#: (``repro.diagnose.kinds``), never from what followed.
INTERRUPT = {_INTERRUPT: (FAILS, STUCK), _KILL_ALL: (f"{SIGNAL} SIGKILL",)}
KILL = {_KILL_ALL: (f"{SIGNAL} SIGKILL",)}
PROMISED: dict[Kind, dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(
        [Kind.LOST_TASK, Kind.THREAD_GONE, Kind.THREADS_DEADLOCKED, Kind.NO_WORKER, Kind.RESPAWN_STORM],
        INTERRUPT,
    ),
    **dict.fromkeys([Kind.POISONED_LOCK, Kind.HALF_MESSAGE], KILL),
    Kind.STOPPED_WORKER: {f"kill -CONT {PIDS}": (ENDS, FAILS, GOES_ON, STUCK)},
    Kind.AFTER_FORK: {f"kill {PIDS}": (_BROKEN, STUCK), **INTERRUPT},
    Kind.GRANDCHILD: {f"kill {PIDS}": (_BROKEN,)},
    # where nobody is in another process that waits, or no worker is left that is waited for, the program is interrupted
    Kind.OWN_TASK: {f"kill {PIDS}": (ENDS, FAILS, STATUS, STUCK), **INTERRUPT},
    Kind.END_WAITS: {f"kill -KILL {PIDS}": (ENDS, FAILS, STATUS, STUCK), **KILL, **INTERRUPT},
}
#: Scenarios whose tasks start processes of their own, which are nobody's to end.
STARTS_PROCESSES = re.compile("grandchild|nested")


def ended(status: int, errors: str) -> str:
    """What became of a program that has ended, by its status and its stderr.

    An interrupt that nobody has caught is a traceback, and the end by SIGINT then (Python/pylifecycle.c).
    """
    found = [match[1] for line in errors.splitlines() if (match := _ERROR.match(line))]
    if found and status in (1, -signal.SIGINT):
        return f"{FAILS} {found[-1]}"
    if status < 0:
        return f"{SIGNAL} {signal.Signals(-status).name}"
    return f"{STATUS} {status}" if status else ENDS


def still_there(kind: Kind) -> str:
    """Of one that has not, by what is said of it now."""
    return f"{GOES_ON} {kind.value}" if PAGES[kind].status == HEALTHY else f"{STUCK}: {kind.value}"


def in_short(record: dict[str, Any]) -> str:
    """For whoever watches the command: whether that followed which is said."""
    return "other" if broken(record) else "as said"


def broken(record: dict[str, Any]) -> list[str]:
    """Where something else has followed than is said in the text of a diagnosis; and where workers were left behind."""
    promised = PROMISED.get(Kind(record["diagnosis"]), {})
    told = [
        f"{step['command']}: {step['follows']}"
        for step in record["steps"]
        if not step["follows"].startswith(promised.get(step["command"], ()))
    ]
    left = record["left"] and not STARTS_PROCESSES.match(record["scenario"])
    return [*told, *([f"{record['left']} processes are left"] if left else [])]


_HEAD = """\
# What follows when the advice of `repro diagnose` is taken

Programs that really hung were diagnosed, and what the diagnosis says is to be done now was done: each command as it stands there,
the next one where the program was still stuck some seconds later. *What followed*: how many programs came to what. *left*: how
many have left processes behind when they had ended.
"""


def report(records: Sequence[dict[str, Any]]) -> str:
    """The page."""
    versions = ", ".join(sorted({one["python"] for one in records}, key=release_of))
    hung = [one for one in records if one["mode"]]
    other = [f"- `{one['scenario']}`: {told}" for one in hung for told in broken(one)]
    parts = [_HEAD.strip(), f"{len(hung)} programs; CPython {versions}.", _table(hung)]
    parts += ["Something else followed than the text says:\n\n" + "\n".join(other)] if other else []
    return "\n\n".join(parts) + "\n"


def _table(records: Sequence[dict[str, Any]]) -> str:
    rows = []
    for kind in Kind:
        for pool in sorted({one["pool"] for one in records}):
            mine = [one for one in records if (one["diagnosis"], one["pool"]) == (kind, pool)]
            for command in dict.fromkeys(step["command"] for one in mine for step in one["steps"]):
                with_it = [one for one in mine for step in one["steps"] if step["command"] == command]
                counts = Counter(step["follows"] for one in mine for step in one["steps"] if step["command"] == command)
                told = ", ".join(f"{number} {what}" for what, number in sorted(counts.items()))
                left = sum(bool(one["left"]) for one in with_it if one["steps"][-1]["command"] == command)
                rows.append([kind.value, pool.rpartition(".")[2], f"`{command}`", told, left or ""])
    return tabulate(
        rows, ["diagnosis", "pool", "command", "what followed", "left"], tablefmt="github", disable_numparse=True
    )


if __name__ == "__main__":
    print(report(tables.read(Path(sys.argv[1]) / REMEDIES)), end="")
