"""Runs sieges: campaigns of some seconds one after the other, each with a seed of its own derived from the first.

By hand: ``python -m tests.safepool.acceptance.siege.runner --attack signals --seconds 60 --seed 7 --python 3.11 --start-method
fork``. A line of JSON for each campaign, the last one the sum. ``--campaign-seed N`` runs one campaign again.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import functools
import json
import mmap
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.safepool.acceptance import interpreters, session
from tests.safepool.acceptance.siege import subject_siege

SUBJECT = Path(__file__).with_name("subject_siege.py")
ATTACKS = ("signals", "raising", "collections", "forks", "stops", "limits", "calls")
CAMPAIGN = 6.0  # seconds of load
STUCK = 20.0  # seconds without a beat; each call's own deadline is shorter
HARD = 300.0  # seconds, whatever the heart says


@dataclass(frozen=True)
class Campaign:
    """One campaign. ``verdict``: held, stuck, died, left (something is left), findings (it says which)."""

    attack: str
    python: str
    start_method: str
    seed: int
    verdict: str
    attacks: int = 0
    calls: int = 0
    tasks: int = 0
    rounds: int = 0
    seconds: float = 0.0
    where: str = ""
    findings: list[dict[str, object]] = field(default_factory=list)
    stacks: str = ""


def missing(attack: str) -> str | None:
    """Why this attack cannot be made here."""
    return without_strace() if attack == "calls" else None


@functools.lru_cache
def without_strace() -> str | None:
    """Why strace(1) cannot be used here: it has to attach to a process that it has not started."""
    if shutil.which("strace") is None:
        return "strace(1) is not installed"
    with subprocess.Popen(["sleep", "60"]) as victim:
        try:
            command = ["strace", "-e", "trace=none", "-p", str(victim.pid)]
            with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as strace:
                assert strace.stderr is not None
                said = strace.stderr.readline().strip()
                strace.terminate()
        finally:
            victim.kill()
    return None if "attached" in said else f"strace(1) may not attach to processes: {said}"


def run(python: str, minor: str, attack: str, start_method: str, seed: int, seconds: float = CAMPAIGN) -> Campaign:
    with tempfile.TemporaryDirectory(prefix="safepool-siege-") as name:
        folder = Path(name)
        heart_file = folder / "heart"
        heart_file.write_bytes(bytes(4096))
        with heart_file.open("r+b") as file:
            page = mmap.mmap(file.fileno(), 4096)
        last = [0, time.monotonic()]

        def stuck() -> bool:
            beats = subject_siege.HEART.unpack_from(page, 0)[0]
            if beats != last[0]:
                last[:] = beats, time.monotonic()
            return time.monotonic() - last[1] > STUCK

        options = {
            "--attack": attack,
            "--seed": seed,
            "--seconds": seconds,
            "--start-method": start_method,
            "--heart": heart_file,
        }
        command = [python, "-W", "ignore", str(SUBJECT), *(str(word) for pair in options.items() for word in pair)]
        ended = session.run(command, HARD, folder=folder, stuck=stuck)
        _beats, attacks, calls = subject_siege.HEART.unpack_from(page, 0)
        where = page[subject_siege.HEART.size :].split(b"\0", 1)[0].decode(errors="replace")
        page.close()
        events = []
        with contextlib.suppress(OSError):
            events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    findings = [event for event in events if event["event"] == "finding"]
    end = next((event for event in events if event["event"] == "end"), None)
    if ended.status is None:
        verdict = "stuck"
    elif findings:
        verdict = "findings"
    elif ended.status != 0 or end is None:
        verdict = "died"
        where = f"status {ended.status}, in {where}: {ended.output[-1500:]}"
    elif ended.leftovers:
        verdict, where = "left", "; ".join(ended.leftovers)
    else:
        verdict = "held"
    if verdict != "held":
        where += in_words(faults_behind(events, findings))
    return Campaign(
        attack,
        minor,
        start_method,
        seed,
        verdict,
        attacks,
        calls,
        tasks=(end or {}).get("tasks", 0),
        rounds=events[-1]["round"] if events else 0,
        seconds=round(ended.seconds, 1),
        where=where,
        findings=findings,
        stacks="" if verdict == "held" else in_short(ended.output),
    )


def faults_behind(events: list[dict[str, Any]], findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of the round of the first finding; of the last round where there is none.

    What the accounts find when the last round is over may be of any round.
    """
    faults = [event for event in events if event["event"] == "fault"]
    if not faults or any(finding["kind"] in ("left", "doubled", "wrong") for finding in findings[:1]):
        return faults
    culprit = findings[0]["round"] if findings else faults[-1]["round"]
    return [fault for fault in faults if fault["round"] == culprit]


def in_words(faults: list[dict[str, Any]]) -> str:
    said = "; ".join(f"{one['round']}: {one['role']} {one['call']} {one['error']} when={one['when']}" for one in faults)
    return f" (faults, with their rounds: {said})" if said else ""


def in_short(output: str) -> str:
    """Where each thread waits in safepool: its innermost three frames there, a line for each thread, the newest dump only.

    Then the processes, where the output ends with their table.
    """
    output, _, processes = output.partition("\nprocesses:\n")
    dumps = re.split(r"(?m)^(?=(?:Current thread|Thread) 0x[0-9a-f]+)", output)
    found: list[str] = []
    for thread in dumps[1:]:
        frames = re.findall(r'File "[^"]*/safepool/((?!acceptance)[^"]+)", line (\S+) in (\S+)', thread)
        frames = [frame for frame in frames if "acceptance/" not in frame[0]]
        if frames:
            line = " < ".join(f"{file}:{line} {name}" for file, line, name in frames[:3])
            if line not in found:
                found.append(line)
    return "\n".join(found[-12:] + processes.splitlines())


def siege(python: str, minor: str, attack: str, start_method: str, seed: int, seconds: float) -> Iterator[Campaign]:
    """Campaigns until `seconds` are over."""
    seeds = random.Random(seed)
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        yield run(python, minor, attack, start_method, seeds.randrange(10**9), min(CAMPAIGN, max(2.0, left)))


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attack", action="append", choices=ATTACKS, help="all if none is named")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--seed", type=int, help="a random one if none is given; it is printed")
    parser.add_argument("--campaign-seed", type=int, help="one campaign again, with this seed")
    parser.add_argument("--python", action="append", metavar="MINOR")
    parser.add_argument("--start-method", action="append", choices=("fork", "spawn", "forkserver"))
    arguments = parser.parse_args(argv)
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(10**9)
    bad = False
    for minor in arguments.python or [interpreters.THIS]:
        python = interpreters.interpreter(minor)
        if python is None:
            print(json.dumps({"python": minor, "verdict": "absent"}))
            continue
        for attack in arguments.attack or ATTACKS:
            if reason := missing(attack):
                print(json.dumps({"attack": attack, "verdict": "skipped", "where": reason}))
                continue
            for start_method in arguments.start_method or ["fork"]:
                if arguments.campaign_seed is not None:
                    campaigns = iter([run(python, minor, attack, start_method, arguments.campaign_seed)])
                else:
                    campaigns = siege(python, minor, attack, start_method, seed, arguments.seconds)
                verdicts: collections.Counter[str] = collections.Counter()
                kinds: collections.Counter[str] = collections.Counter()
                sums: collections.Counter[str] = collections.Counter()
                for campaign in campaigns:
                    print(json.dumps(asdict(campaign)), flush=True)
                    verdicts[campaign.verdict] += 1
                    kinds.update(str(finding["kind"]) for finding in campaign.findings)
                    sums.update(
                        attacks=campaign.attacks, calls=campaign.calls, tasks=campaign.tasks, rounds=campaign.rounds
                    )
                bad |= bool(set(verdicts) - {"held"})
                facts = {"attack": attack, "python": minor, "start_method": start_method, "seed": seed}
                print(json.dumps({"sum": {**facts, **sums, "verdicts": verdicts, "findings": kinds}}), flush=True)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
