"""Which programs are meant."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from repro.diagnose import targets
from repro.errors import UsageError
from repro.tree import processes
from tests.repro import lab

pytestmark = pytest.mark.skipif(not processes.LINUX, reason="needs /proc")

PARENT = (
    "import subprocess, sys; print('there', flush=True); subprocess.Popen([sys.executable, '-c', 'input()']).wait()"
)


@pytest.mark.parametrize("told", ["x", "-1", "0", "1.5", "99999999999999999999", "٤"])
def test_what_is_no_number(told: str) -> None:
    with pytest.raises(UsageError, match="is no number of a process"):
        targets.by_number(told)


def test_the_topmost_of_those_with_the_name() -> None:
    """Its children bear the name in their commands, too, or not: they are below it."""
    name = f"mark-{os.getpid()}"
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert targets.by_name(name) == [process.pid]
        deadline = 0
        while process.pid not in targets.all_of_this_user():  # the child is on its way
            deadline += 1
            assert deadline < 10_000
    with pytest.raises(UsageError, match="no process has"):
        targets.by_name(name)
    with pytest.raises(UsageError, match="--name"):
        targets.by_name("(")


def test_whose_a_process_without_a_parent_may_be() -> None:
    """An older Python of its session, since its own parent has ended."""
    code = (
        "import os, subprocess, sys\n"
        "child = [sys.executable, '-c', 'import os; print(os.getpid(), flush=True); input()']\n"
        "subprocess.run([sys.executable, '-c', f'import subprocess; subprocess.Popen({child!r})'])\n"
        "input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        left = int(process.stdout.readline())
        try:
            deadline = 0
            while process.pid not in targets.programs_of(left):  # the one between is on its way out
                deadline += 1
                assert deadline < 1000
            assert left not in targets.programs_of(left)
        finally:
            lab.kill_session(process)


def test_this_command_and_who_started_it_are_none() -> None:
    assert os.getpid() not in targets.all_of_this_user()
    assert os.getppid() not in targets.all_of_this_user()
