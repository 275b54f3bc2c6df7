"""A program that is its own interpreter: nothing of ours may start it a second time as the program that it is."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from safepool.protocol.originals import System
from safepool.worker import program
from tests.house.checkout import ROOT

START_METHODS = ("fork", "forkserver", "spawn")

FROZEN = """
import multiprocessing.spawn, os, sys
with open(os.environ["STARTS"], "a") as starts:
    starts.write(f"{sys.argv[1:]}\\n")
if len(open(os.environ["STARTS"]).readlines()) > 12:
    os._exit(77)
sys.frozen = True
sys.executable = os.environ["PROGRAM"]
multiprocessing.set_executable(sys.executable)
# As PyInstaller's hook does: what freeze_support() forgets, and that it is for Windows only up to Python 3.12.
if sys.argv[-2:-1] == ["-c"] and sys.argv[-1].startswith("from multiprocessing.resource_tracker import main"):
    exec(sys.argv[-1])
    sys.exit()

def double(x):
    return 2 * x

if __name__ == "__main__":
    multiprocessing.spawn.freeze_support()
    import safepool
    print("main runs", flush=True)
    with safepool.Pool(2, context=multiprocessing.get_context(os.environ["METHOD"])) as pool:
        print(pool.map(double, range(4)), flush=True)
"""


@pytest.mark.parametrize("method", START_METHODS)
def test_a_frozen_program_starts_no_second_time(method: str, tmp_path: Path) -> None:
    """It is its own interpreter, and knows no ``-c``; what it answers is freeze_support()'s command line."""
    source, program, starts = tmp_path / "source.py", tmp_path / "program", tmp_path / "starts"
    source.write_text(FROZEN)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {source} "$@"\n')
    program.chmod(0o755)
    environment = {"STARTS": str(starts), "PROGRAM": str(program), "METHOD": method, "PYTHONPATH": str(ROOT)}
    found = subprocess.run([program], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert found.stdout == "main runs\n[0, 2, 4, 6]\n", found.stderr
    # The program; the tracker and the template; two workers.
    most = {"fork": 1, "forkserver": 3, "spawn": 5}[method]
    assert len(starts.read_text().splitlines()) <= most


def test_a_process_is_known_though_close_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """close(2): EINTR, EIO. The process is there by then, and somebody has to reap it."""
    close = os.close

    def fail(fd: int) -> None:
        close(fd)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(System, "close", fail)
        pid = program.spawn([sys.executable, "-c", "import sys; sys.exit(3)"], [])
    _, status = os.waitpid(pid, 0)
    assert os.WEXITSTATUS(status) == 3
