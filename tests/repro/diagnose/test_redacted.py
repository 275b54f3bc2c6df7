"""What is taken out of a snapshot, and that the diagnosis does not need it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from repro.diagnose.diagnosis import diagnose
from repro.diagnose.redacted import command, redacted
from tests.repro.diagnose import kept
from tests.repro.diagnose.kept import ASKS, frame, handlers, pool, process, thread


def test_no_value_of_the_program_is_kept() -> None:
    """Neither of its own functions, nor what it has handed to the pool's; nor its arguments, nor its lines."""
    secret = "hunter2"
    task = thread(
        frame("login", "job.py", 7, source=f"login('{secret}')", password=f"'{secret}'"),
        frame("mapstar", "multiprocessing/pool.py", args=f"('{secret}',)"),
        frame("worker", "multiprocessing/pool.py", task=f"(0, 1, '{secret}')", completed="4"),
    )
    program = process(
        10, 1, ASKS, *handlers(f"{{0: '{secret}'}}"), command=f"python job.py --password {secret}", name=f"job {secret}"
    )
    seen = redacted(pool(program, process(11, 10, task)))
    text = seen.to_json()
    assert secret not in text
    assert '"completed":"4"' in text
    assert '"cache":"{...}"' in text
    assert seen.redacted


@pytest.mark.parametrize(
    ("told", "kept_"),
    [
        ("python job.py --password x", "python job.py ..."),
        ("python job.py", "python job.py"),
        ("python -m job secret", "python -m job ..."),
        ("python -u -B job.py secret", "python -u -B job.py ..."),
        ("python -c code;code secret", "python -c ..."),
        (
            "python -B -c from multiprocessing.spawn import spawn_main; f(5)",
            "python -B -c from multiprocessing.spawn import spawn_main ...",
        ),
        ("python -c from secrets import token; f()", "python -c ..."),
        ("python", "python"),
        ("", ""),
    ],
)
def test_of_a_command_its_program_is_kept(told: str, kept_: str) -> None:
    assert command(told) == kept_


def test_the_diagnosis_is_the_same() -> None:
    for seen in (kept.idle_workers(), kept.idle_workers(cache="{}")):
        assert diagnose(redacted(seen)).kind is diagnose(seen).kind


def test_where_files_lie_is_not_kept() -> None:
    """Of a library, where it is in Python; of the program, the last parts."""
    task = thread(frame("resize", "/home/somebody/secret/app/pkg/job.py"), *kept.READS.frames[-1:])
    program = process(10, 1, ASKS, *handlers(), command="/home/somebody/env/bin/python /home/somebody/secret/job.py x")
    seen = redacted(pool(program, process(11, 10, task)))
    assert "somebody" not in seen.to_json()
    assert [one.file for one in seen.processes[1].threads[0].frames] == [
        "/app/pkg/job.py",
        "/lib/python3.12/multiprocessing/pool.py",
    ]


@pytest.mark.parametrize("name", kept.names())
def test_kept_ones_tell_nothing_of_the_machine(name: str) -> None:
    seen = kept.read(name)
    assert redacted(seen) == seen


def test_an_empty_cache_stays_empty() -> None:
    seen = redacted(kept.idle_workers(cache="{}"))
    values = [one.values.get("cache") for thread in seen.processes[0].threads for one in thread.frames]
    assert "{}" in values
    assert replace(seen) == seen
