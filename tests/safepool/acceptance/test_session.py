"""The session of one program: how it ended, what it left, where it was stuck."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.safepool.acceptance import session


def run(program: str, limit: float = 20.0, **options: object) -> session.Ended:
    return session.run([sys.executable, "-c", program], limit, **options)  # type: ignore[arg-type]


def test_a_good_end() -> None:
    """Status, output, and nothing left."""
    ended = run("print('said'); raise SystemExit(3)")
    assert (ended.status, ended.output, ended.leftovers) == (3, "said\n", [])


def test_a_stuck_program_shows_its_stacks() -> None:
    """It is asked by SIGUSR1 when somebody sees that it is stuck, and killed with all that it started."""
    program = (
        "import faulthandler, signal, subprocess, sys, time\n"
        "faulthandler.register(signal.SIGUSR1)\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "def waits(): time.sleep(60)\n"
        "open('ready', 'w').close()\n"
        "waits()\n"
    )
    ready = []

    def stuck() -> bool:
        ready.append(Path(f"/proc/{pid()}/cwd/ready").exists() if pid() else False)
        return ready[-1]

    def pid() -> int:
        import psutil

        found = [child.pid for child in psutil.Process().children() if "waits" in " ".join(child.cmdline())]
        return found[0] if found else 0

    ended = run(program, stuck=stuck)
    assert ended.status is None
    assert "in waits" in ended.output
    assert "time.sleep(60)" in ended.output.partition("processes:")[2]


def test_what_is_left_is_named() -> None:
    """A process that outlives its program, a temporary file."""
    program = (
        "import subprocess, sys, tempfile\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(61)'])\n"
        "tempfile.mkstemp(suffix='-left')\n"
    )
    left = "\n".join(run(program).leftovers)
    assert "time.sleep(61)" in left
    assert "-left" in left
