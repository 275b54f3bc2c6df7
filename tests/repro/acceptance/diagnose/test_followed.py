"""The advice of a diagnosis, and what followed when it was taken."""

from __future__ import annotations

from typing import Any

import pytest

from repro.diagnose.kinds import PAGES, STUCK, Kind
from tests.repro import lab
from tests.repro.acceptance.diagnose import followed, tables
from tests.repro.acceptance.diagnose.right import EXECUTOR, POOL

FOLDER = lab.ROOT / "reports" / "diagnose"
RECORDS = tables.read(FOLDER / followed.REMEDIES)
#: Those whose advice names no command, but a limit to be raised.
WITHOUT_COMMAND = {Kind.OUT_OF_MEMORY}


def named(kind: Kind) -> set[str]:
    """The commands in a page, whatever pids there are."""
    pages = [PAGES[kind].to_do(followed.OWNER, pids, [followed.WORKERS]) for pids in ([], [followed.PIDS])]
    without_pids, with_pids = map(followed.COMMAND.findall, pages)
    return {*with_pids, *(without_pids if PAGES[kind].alone else ())}


def test_the_page_is_rebuilt_from_the_records() -> None:
    assert followed.report(RECORDS).encode() == (FOLDER / "remedies.md").read_bytes()


@pytest.mark.parametrize("kind", [kind for kind in Kind if PAGES[kind].status == STUCK and kind not in WITHOUT_COMMAND])
def test_whatever_a_page_names_has_been_done(kind: Kind) -> None:
    """Its commands are those of which it is known what the text says that follows; the first of them was tried."""
    assert named(kind) == set(followed.PROMISED[kind])
    done = {step["command"] for one in RECORDS if one["mode"] and one["diagnosis"] == kind for step in one["steps"]}
    assert followed.COMMAND.findall(PAGES[kind].to_do(followed.OWNER, [followed.PIDS], [followed.WORKERS]))[0] in done


#: What has followed that no text says: scenario, Python. This may only get shorter.
#: The program goes on to its next executor, which hangs as well: its worker is none of those that were named before. And one is
#: interrupted at its very end, and leaves its workers: the text has the command for them, which was not given there.
OTHER = {("cancel-then-shutdown", "3.8.18"), ("shutdown-nowait-unpicklable", "3.8.18")}


def test_what_the_texts_say_has_followed() -> None:
    """Of each program, and nothing of it was left behind; what its tasks have started is nobody's to end."""
    assert {(one["scenario"], one["python"]) for one in RECORDS if one["mode"] and followed.broken(one)} == OTHER


@pytest.mark.parametrize("kind", followed.PROMISED)
def test_who_is_still_stuck_is_told_what_to_do_then(kind: Kind) -> None:
    """After a command that may leave a program stuck, the page names another one, or says to ask again."""
    text = PAGES[kind].to_do(followed.OWNER, [followed.PIDS], [followed.WORKERS])
    last = followed.COMMAND.findall(text)[-1]
    assert followed.STUCK not in followed.PROMISED[kind][last] or "ask again" in text


@pytest.mark.parametrize(
    ("kind", "pool", "first"),
    [
        (Kind.STOPPED_WORKER, POOL, followed.ENDS),
        (Kind.STOPPED_WORKER, EXECUTOR, followed.ENDS),
        (Kind.AFTER_FORK, EXECUTOR, "fails with BrokenProcessPool"),
        (Kind.AFTER_FORK, POOL, followed.STUCK),
        (Kind.END_WAITS, POOL, followed.ENDS),
        (Kind.LOST_TASK, POOL, "fails with KeyboardInterrupt"),
    ],
)
def test_what_is_said_of_a_pool_is_so_in_that_pool(kind: Kind, pool: str, first: str) -> None:
    """What the first command is for, it does, mostly."""
    command = followed.COMMAND.findall(PAGES[kind].to_do(followed.OWNER, [followed.PIDS], [followed.WORKERS]))[0]
    steps = [one["steps"][0] for one in RECORDS if (one["diagnosis"], one["pool"]) == (kind, pool)]
    several = [step["follows"] for step in steps if step["command"] == command]
    assert sum(told.startswith(first) for told in several) * 2 >= len(several) > 0


def record(*steps: tuple[str, str], left: int = 0, scenario: str = "sigkill") -> dict[str, Any]:
    several = [{"command": command, "follows": follows} for command, follows in steps]
    fields = {"scenario": scenario, "pool": POOL, "python": "3.11.7", "mode": "py-spy", "diagnosis": "lost-task"}
    return {**fields, "steps": several, "left": left}


def test_what_was_not_said_is_noticed() -> None:
    said = ("kill -INT PID", "fails with KeyboardInterrupt")
    assert followed.broken(record(said)) == []
    assert followed.broken(record(("kill -INT PID", "goes on to its end"))) == ["kill -INT PID: goes on to its end"]
    assert followed.broken(record(("kill -CONT PIDS", "still stuck: lost-task"))) != []
    assert followed.broken(record(said, left=2)) == ["2 processes are left"]
    assert followed.broken(record(said, left=1, scenario="grandchild")) == []
    page = followed.report([record(said), record(said, left=2)])
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines()]
    assert ["lost-task", "Pool", "`kill -INT PID`", "2 fails with KeyboardInterrupt", "1"] in lines
    assert "- `sigkill`: 2 processes are left" in page


@pytest.mark.parametrize(
    ("status", "errors", "told"),
    [
        (0, "Traceback\nValueError: of a worker\n", "goes on to its end"),
        (1, "Traceback\nconcurrent.futures.process.BrokenProcessPool: gone\n", "fails with BrokenProcessPool"),
        (-2, "Traceback\nKeyboardInterrupt\n", "fails with KeyboardInterrupt"),
        (-9, "Traceback\nKeyboardInterrupt\n", "ends by SIGKILL"),
        (3, "", "ends with status 3"),
    ],
)
def test_an_end_is_told_by_status_and_error(status: int, errors: str, told: str) -> None:
    assert followed.ended(status, errors) == told
    assert followed.still_there(Kind.LOST_TASK) == "still stuck: lost-task"
    assert followed.still_there(Kind.ONLY_SLOW) == "goes on: only-slow"
