"""Hang programs, do with each what its diagnosis says is to be done now, and write down what followed.

``python -m tests.repro.acceptance.diagnose.remedies FILE [--python VERSION|PATH]... [--scenario NAME]...``; as ``matrix``

A diagnosis names commands, in the order in which they are to be tried: each is given to a shell as it stands there, and the next
one where the program is still stuck after some seconds.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from os import EX_USAGE
from typing import Any

from repro.diagnose.kinds import PAGES, STUCK, Kind
from repro.tree import processes
from tests.repro import lab, programs
from tests.repro.acceptance.diagnose import asking, followed, matrix

#: How long a program gets to end after a command, in seconds; it is waited for less where nothing of it runs any more.
ENDS_WITHIN = 10.0
#: How long what it has left behind gets to end by itself, in seconds.
LEFT_WITHIN = 3.0
#: How long an answer may take, in seconds.
DEADLINE = 60


def commands(answer: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What a diagnosis names: each command as its page has it, and as it is given to a shell."""
    pids = [followed.PIDS] if answer["pids"] else []
    named = PAGES[Kind(answer["diagnosis"])].to_do(followed.OWNER, pids, [followed.WORKERS])
    yield from zip(followed.COMMAND.findall(named), followed.COMMAND.findall(answer["now"]), strict=True)


def carry_out(program: programs.Program) -> dict[str, Any]:
    """Ask what is wrong with a program that hangs, do what is said, and tell what followed.

    Raises RuntimeError where the diagnosis does not call it stuck.
    """
    pid = program.process.pid
    answer = _diagnosis(pid)
    if answer is None or PAGES[Kind(answer["diagnosis"])].status != STUCK:
        raise RuntimeError(f"process {pid} is not said to be stuck: {answer}")
    steps: list[dict[str, str]] = []
    for named, command in commands(answer):
        processes.members(processes.scan(), pid, program.known)  # who is orphaned by that, belongs to it
        subprocess.run(command, shell=True, capture_output=True, check=False)  # one of several may be gone already
        steps.append({"command": named, "follows": _follows(program)})
        if not steps[-1]["follows"].startswith(followed.STUCK):
            break
    return {"diagnosis": answer["diagnosis"], "steps": steps, "left": _left(program)}


def _diagnosis(pid: int) -> dict[str, Any] | None:
    """What ``repro diagnose`` says of a process; None where that has ended. Raises RuntimeError for no answer."""
    command = [sys.executable, "-m", "repro", "diagnose", str(pid), "--format", "json"]
    done = subprocess.run(
        command, cwd=lab.ROOT, env=lab.environment(), capture_output=True, text=True, timeout=DEADLINE, check=False
    )
    if done.returncode == EX_USAGE:
        return None
    if done.returncode not in (0, 1, 2):
        raise RuntimeError(f"repro diagnose {pid}: status {done.returncode}: {done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _follows(program: programs.Program) -> str:
    """What has become of a program, in words: how it ended, or what is said of it now."""
    program.looks = 0
    until = time.monotonic() + ENDS_WITHIN
    while not program.settled(processes.scan()) and time.monotonic() < until:
        time.sleep(programs.LOOK_EVERY)
    answer = _diagnosis(program.process.pid) if program.process.poll() is None else None
    if answer is not None:
        return followed.still_there(Kind(answer["diagnosis"]))
    return followed.ended(program.process.wait(ENDS_WITHIN), program.read("errors"))


def _left(program: programs.Program) -> int:
    """How many processes it has left behind, of those that do not end by themselves; 0 where it is still there."""
    pid = program.process.pid
    until = time.monotonic() + LEFT_WITHIN
    while program.process.poll() is not None:
        left = [one for one in processes.members(processes.scan(), pid, program.known) if not one.zombie]
        if not left or time.monotonic() > until:
            return len(left)
        time.sleep(programs.LOOK_EVERY)
    return 0


def one(run: matrix.Run, what: matrix.Hanging) -> None:
    """Of one program."""

    def then(what: matrix.Hanging, program: programs.Program) -> None:
        run.write({**matrix.fields(what), "mode": asking.WITH, **carry_out(program)})

    run.one(what, then)


def main(arguments: list[str]) -> int:
    return matrix.work(arguments, matrix.hanging, one, followed.in_short)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
