"""Lets single system calls fail at chosen points of a clean run, in one thread of one process at a time, and judges the end.

``python -m tests.safepool.acceptance.siege.strace_points [--role template] [--call read] [--sample 20 | --all] [--long]``

A clean run under strace(1) gives the sequence of calls of each role; a point is (role, call, its n-th occurrence, error).
``once``: that call alone fails; ``long``: from it on all of its kind fail for a second. Verdicts: well (values, or documented
errors), hang, wrong, doubled, undocumented, died, left; missed: the run did not come to that call, which says nothing.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.safepool.acceptance import interpreters, session
from tests.safepool.acceptance.siege import subject_siege
from tests.safepool.acceptance.siege.runner import in_short, without_strace
from tests.safepool.acceptance.siege.subject_faults import FAULTS

SUBJECT = Path(__file__).with_name("subject_points.py")
ROLES = ("main", "engine", "template", "worker-1", "worker-3")
LIMIT = 30.0  # seconds for a run; a clean one takes about one
LONG = 1.0


@dataclass(frozen=True)
class Point:
    role: str
    call: str
    number: int
    error: str
    long: bool = False

    def __str__(self) -> str:
        return f"{self.role}/{self.call}/{self.number}/{self.error}/{'long' if self.long else 'once'}"


@dataclass(frozen=True)
class Judged:
    point: str
    verdict: str
    what: str
    stacks: str
    seconds: float


def faults_of(role: str) -> dict[str, tuple[str, ...]]:
    return FAULTS["worker" if role.startswith("worker") else role if role == "template" else "parent"]


class Traced:
    """One run of the program with strace attached to one role; `tick` is called while it runs."""

    def __init__(self, python: str, role: str, folder: Path, expressions: Sequence[str], long: bool) -> None:
        self.python, self.role, self.folder, self.expressions, self.long = python, role, folder, expressions, long
        self.strace: subprocess.Popen[bytes] | None = None
        self.trace = folder / "trace"
        self.hit_at: float | None = None

    def run(self) -> session.Ended:
        try:
            command = [self.python, "-W", "ignore", str(SUBJECT), "--role", self.role]
            return session.run(command, LIMIT, folder=self.folder, stuck=self.tick)
        finally:
            if self.strace is not None:
                self.detach()

    def tick(self) -> bool:
        if self.strace is None:
            with contextlib.suppress(OSError):
                self.attach((self.folder / "ready").read_text())
        elif self.long and self.strace.poll() is None:
            if self.hit_at is None and self.injected():
                self.hit_at = time.monotonic()
            elif self.hit_at is not None and time.monotonic() - self.hit_at > LONG:
                self.detach()
        return False

    def attach(self, thread: str) -> None:
        words = [word for expression in self.expressions for word in ("-e", expression)]
        with (self.folder / "strace.err").open("wb") as errors:
            self.strace = subprocess.Popen(["strace", "-p", thread, "-o", str(self.trace), *words], stderr=errors)
        end = time.monotonic() + 10
        while b"attached" not in (self.folder / "strace.err").read_bytes() and time.monotonic() < end:
            time.sleep(0.002)
        (self.folder / "go").touch()

    def detach(self) -> None:
        assert self.strace is not None
        self.strace.terminate()
        self.strace.wait()

    def lines(self) -> list[str]:
        return self.trace.read_text(errors="replace").splitlines() if self.trace.exists() else []

    def injected(self) -> bool:
        return any("(INJECTED)" in line for line in self.lines())


def clean_trace(python: str, role: str) -> list[str]:
    """The names of the calls that can fail, in the order in which the role made them."""
    with tempfile.TemporaryDirectory(prefix="safepool-points-") as name:
        traced = Traced(python, role, Path(name), ["trace=" + ",".join("?" + call for call in faults_of(role))], False)
        ended = traced.run()
        verdict, what = judge(Path(name), ended)
        if verdict != "well":
            raise RuntimeError(f"the clean run of {role} did not end well: {verdict} {what}\n{ended.output[-3000:]}")
        return [found.group(1) for line in traced.lines() if (found := re.match(r"(?:\d+ +)?(\w+)\(", line))]


def points_of(role: str, calls: Sequence[str], long: bool) -> list[Point]:
    counts = collections.Counter(calls)
    return [
        Point(role, call, number, error, long)
        for call, errors in faults_of(role).items()
        for number in range(1, counts[call] + 1)
        for error in errors
    ]


def run(python: str, point: Point) -> Judged:
    with tempfile.TemporaryDirectory(prefix="safepool-points-") as name:
        when = f"{point.number}+" if point.long else str(point.number)
        inject = [f"trace={point.call}", f"inject={point.call}:error={point.error}:when={when}"]
        traced = Traced(python, point.role, Path(name), inject, point.long)
        ended = traced.run()
        verdict, what = judge(Path(name), ended)
        if not traced.injected():
            verdict, what = "missed", f"({verdict}) {what}"
        return Judged(
            str(point),
            verdict,
            what,
            in_short(ended.output) if verdict not in ("well", "missed") else "",
            round(ended.seconds, 1),
        )


def judge(folder: Path, ended: session.Ended) -> tuple[str, str]:
    """The program's own words, its notes of what ran, and how it ended."""
    events = []
    with contextlib.suppress(OSError):
        events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    ran = subject_siege.noted(folder / "log")
    said = [f"{event['call']}: {event.get('what', '')}" for event in events if event["verdict"] == "error"]
    for verdict in ("wrong", "undocumented", "unanswered"):
        found = [f"{event['call']} {event.get('what', '')}" for event in events if event["verdict"] == verdict]
        if found:
            return "hang" if verdict == "unanswered" else verdict, "; ".join(found)
    if any(times > 1 for times in ran.values()):
        return "doubled", str([number for number, times in ran.items() if times > 1])
    last = events[-1]["call"] if events else "nothing"
    if ended.status is None:
        return "hang", f"after {last}"
    if ended.status != 0 or last != "end":
        return "died", f"status {ended.status} after {last}: {ended.output[-700:]}"
    if ended.leftovers:
        return "left", "; ".join(ended.leftovers)
    return "well", "; ".join(said)


def sample(
    python: str, roles: Sequence[str], count: int | None, seed: int, long: bool, call: str | None = None
) -> list[Point]:
    """All points of the roles, or `count` of them: each role and call first, then at random."""
    chance = random.Random(seed)
    found = [
        point
        for role in roles
        for point in points_of(role, clean_trace(python, role), long)
        if call in (None, point.call)
    ]
    if count is None:
        return found
    chance.shuffle(found)
    seen: collections.Counter[tuple[str, str]] = collections.Counter()
    ranked = []
    for point in found:
        ranked.append((seen[point.role, point.call], point))
        seen[point.role, point.call] += 1
    return [point for _, point in sorted(ranked, key=lambda pair: pair[0])[:count]]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--role", action="append", choices=ROLES)
    parser.add_argument("--call")
    parser.add_argument("--sample", type=int, default=20)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--long", action="store_true", help="from that call on, for a second")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--python", metavar="MINOR", default=interpreters.THIS)
    parser.add_argument("--point", action="append", help="as a line names it: ROLE/CALL/NUMBER/ERROR/once")
    parser.add_argument("--clean", action="store_true", help="only the clean traces")
    arguments = parser.parse_args(argv)
    if reason := without_strace():
        print(reason)
        return 2
    python = interpreters.interpreter(arguments.python)
    if python is None:
        print(f"{arguments.python}: absent")
        return 2
    roles = arguments.role or ROLES
    if arguments.clean:
        for role in roles:
            print(role, dict(collections.Counter(clean_trace(python, role))))
        return 0
    if arguments.point:
        points = []
        for text in arguments.point:
            role, call, number, error, how = text.split("/")
            points.append(Point(role, call, int(number), error, how == "long"))
    else:
        points = sample(
            python, roles, None if arguments.all else arguments.sample, arguments.seed, arguments.long, arguments.call
        )
    verdicts: collections.Counter[str] = collections.Counter()
    for point in points:
        judged = run(python, point)
        verdicts[judged.verdict] += 1
        print(json.dumps(asdict(judged)), flush=True)
    print(json.dumps({"sum": verdicts, "seed": arguments.seed}))
    return int(bool(set(verdicts) - {"well", "missed"}))


if __name__ == "__main__":
    sys.exit(main())
