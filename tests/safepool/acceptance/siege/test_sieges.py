"""A few seconds of each attack on this Python; hours by hand, with ``runner``.

``SAFEPOOL_SIEGE_SEED`` sets the seed that a failure has named, ``SAFEPOOL_SIEGE_SECONDS`` the length for each attack (default 6).
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.safepool.acceptance import interpreters
from tests.safepool.acceptance.siege import runner, strace_points, subject_siege


@pytest.mark.timeout(300)
@pytest.mark.parametrize("attack", runner.ATTACKS)
def test_siege(attack: str) -> None:
    """Every call is answered, nothing is lost, doubled or misattributed, the pool works or says not, and nothing is left."""
    if reason := runner.missing(attack):
        pytest.skip(reason)
    seed = int(os.environ.get("SAFEPOOL_SIEGE_SEED", random.SystemRandom().randrange(10**9)))
    seconds = float(os.environ.get("SAFEPOOL_SIEGE_SECONDS", 6))
    campaigns = list(runner.siege(sys.executable, interpreters.THIS, attack, "fork", seed, seconds))
    text = "\n".join(json.dumps(asdict(campaign)) for campaign in campaigns if campaign.verdict != "held")
    assert not text, f"seed {seed} (SAFEPOOL_SIEGE_SEED={seed} repeats its decisions)\n{text}"
    assert sum(campaign.attacks for campaign in campaigns) > 0, "nothing was attacked: nothing was tested"


@pytest.mark.timeout(900)
def test_a_sample_of_points() -> None:
    """A call of each kind in each process fails once: values or documented errors, and nothing is left."""
    if reason := runner.without_strace():
        pytest.skip(reason)
    points = strace_points.sample(
        sys.executable, strace_points.ROLES, 20, random.SystemRandom().randrange(10**9), long=False
    )
    judged = [strace_points.run(sys.executable, point) for point in points]
    counts = Counter(one.verdict for one in judged)
    bad = [one for one in judged if one.verdict not in ("well", "missed")]
    assert not bad, "strace_points runs them again by --point\n" + "\n".join(json.dumps(asdict(one)) for one in bad)
    assert counts["well"] > counts["missed"], "most points were not reached: nothing was tested"


def fault(round_: int, call: str) -> dict[str, object]:
    return {"event": "fault", "round": round_, "role": "parent", "call": call, "error": "EIO", "when": "1+3"}


@pytest.mark.parametrize(
    ("findings", "calls"),
    [
        ([], ["close"]),  # stuck, or dead: in the last round
        ([{"kind": "unanswered", "round": 1}], ["read"]),
        ([{"kind": "left", "round": 2}], ["read", "close"]),  # of whatever round
    ],
)
def test_which_faults_are_named_with_a_finding(findings: list[dict[str, object]], calls: list[str]) -> None:
    events = [fault(1, "read"), fault(2, "close")]
    assert [one["call"] for one in runner.faults_behind(events, findings)] == calls


def test_what_tasks_have_noted(tmp_path: Path) -> None:
    """A limit on the size of files has cut off one line."""
    log = tmp_path / "log"
    log.write_text("\n1 500.\n12 501.\n1 501.\n13 50")
    assert subject_siege.noted(log) == {1: 2, 12: 1}
    assert subject_siege.noted(tmp_path / "none") == {}


def test_stacks_in_short() -> None:
    """A line for each thread: its innermost frames in safepool, none of the tests' own."""
    output = (
        "Thread 0x00007f (most recent call first):\n"
        '  File "/x/lib/threading.py", line 5 in wait\n'
        '  File "/x/safepool/engine/a.py", line 1 in inner\n'
        '  File "/x/safepool/engine/b.py", line 2 in outer\n'
        '  File "/x/tests/safepool/acceptance/siege/subject_siege.py", line 3 in call\n'
        "\nCurrent thread 0x00007e (most recent call first):\n"
        '  File "/x/tests/safepool/acceptance/siege/subject_siege.py", line 9 in main\n'
    )
    assert runner.in_short(output) == "engine/a.py:1 inner < engine/b.py:2 outer"
    table = "\nprocesses:\n  7 python\n"
    assert runner.in_short(output + table) == "engine/a.py:1 inner < engine/b.py:2 outer\n  7 python"
