"""A program that is really followed."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from repro.diagnose import follow, take
from repro.diagnose.follow import Purse
from repro.diagnose.reports import Report
from repro.tree import native, processes
from tests.repro.diagnose.test_take import program

pytestmark = pytest.mark.skipif(not processes.LINUX, reason="needs /proc")

POOL = """
import sys
from multiprocessing import get_context
def worker(number):
    sys.stdin.readline() if number else None
    open("in-task-%d" % number, "w").close()
    open("fifo").read()
if __name__ == "__main__":
    with get_context("fork").Pool(2) as pool:
        pool.map_async(worker, [0, 0], 1)
        print("begins", flush=True)
        open("end").read()
"""


class Told:
    """Keeps the reports, and does something at each of some kinds."""

    def __init__(self, **at: object) -> None:
        self.reports: list[Report] = []
        self._at = at

    def __call__(self, report: Report) -> None:
        self.reports.append(report)
        act = self._at.get(report.event.replace("-", "_"))
        if callable(act):
            act(report)

    def of(self, event: str) -> list[Report]:
        return [one for one in self.reports if one.event == event]


def test_a_worker_is_killed_and_then_the_program(tmp_path: Path) -> None:
    """Each step is taken when the one before it was told: nothing is missed, and it ends with the program."""
    for name in ("fifo", "end"):
        os.mkfifo(tmp_path / name)
    with program(POOL, tmp_path) as pid:
        told = Told(
            begins=lambda report: os.kill(report.fields["workers"][0], signal.SIGKILL),
            worker_replaced=lambda _: os.kill(pid, signal.SIGKILL),
        )
        watch = follow.follow(pid, told)
    (begins,), (died,), (replaced,), (ended,) = map(
        told.of, ("begins", "worker-died", "worker-replaced", "program-ended")
    )
    assert died.fields["pid"] == begins.fields["workers"][0]
    assert died.fields["status"] in (-signal.SIGKILL, None)
    assert (died.fields["status"] is None) == bool(died.fields["why_unknown"])
    if native.tool() is not None:
        assert died.fields["task"].startswith("worker(number=0) at job.py:")
        assert watch.status == 1
    assert replaced.fields["by"] not in begins.fields["workers"]
    assert ended.fields["pid"] == pid
    assert watch.over


def test_who_is_not_there(tmp_path: Path) -> None:
    with program("print('begins', flush=True)", tmp_path) as pid:
        pass
    with pytest.raises(take.Gone):
        follow.follow(pid, Told())


def test_interrupted_it_says_so_and_leaves_the_program(tmp_path: Path) -> None:
    """By the signal that Ctrl-C sends."""
    with program("print('begins', flush=True)\nimport time\ntime.sleep(600)", tmp_path) as pid:
        told = Told(begins=lambda _: signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT))
        with pytest.raises(KeyboardInterrupt):
            follow.follow(pid, told)
        assert told.reports[-1].event == "stopped"
        assert not processes.some([pid])[pid].zombie


def test_a_purse_is_filled_slowly_and_never_too_full() -> None:
    """What can wait, waits until there is some; what is wanted at once, may be owed."""
    purse = Purse(0.0, share=0.01, most=0.5, owed=0.3, balance=0.3)
    purse.fill(10.0)
    assert purse.balance == pytest.approx(0.4)
    purse.balance -= 0.5
    assert not purse.has_some
    assert purse.may_overdraw
    purse.balance -= 0.5
    assert not purse.may_overdraw
    purse.fill(1000.0)
    assert purse.balance == 0.5
    with purse.pays():
        sum(range(1_000_000))
    assert purse.balance < 0.5
