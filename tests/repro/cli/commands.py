"""Command lines for tests: run in this process, run at a terminal, run until it has measured something."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
import threading
import time
from pathlib import Path

from repro.cli import main
from tests.repro import lab

ESCAPE = "\033["

#: A run of which some cells end at once, and others would wait for an hour.
ENDLESS = [
    *("run", "--scenario", "ok", "--scenario", "sigkill", "--scenario", "os-exit", "--timeout", "3600"),
    *("--pool", "Pool", "--pool", "ProcessPoolExecutor", "--start-method", "*", "--output", "run"),
]

#: A run that is soon over.
QUICK = ["run", "--scenario", "ok", "--pool", "ProcessPoolExecutor", "--timeout", "60"]


def called(*arguments: str) -> int:
    """The exit status of a command line, run in this process."""
    try:
        return main(arguments)
    except SystemExit as error:  # argparse
        return int(error.code or 0)


def in_terminal(
    arguments: list[str | Path],
    cwd: Path,
    changes: dict[str, str],
    type_when: tuple[Path, bytes] | None = None,
    size: tuple[int, int] = (24, 80),
) -> tuple[str, int]:
    """Run a command in a terminal of its own; returns what that showed, and the exit status.

    type_when: a file, and what is typed as soon as it holds a cell's record. size: of the terminal, in lines and columns.
    """
    master, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))

    def own_the_terminal() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    process = lab.start(
        arguments, cwd, changes, stdin=terminal, stdout=terminal, stderr=terminal, preexec_fn=own_the_terminal
    )
    os.close(terminal)
    shown = bytearray()

    def read() -> None:
        while True:
            try:
                data = os.read(master, 65536)
            except OSError:  # EIO: the last process at the terminal has gone
                return
            if not data:
                return
            shown.extend(data)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    with lab.ended(process):
        if type_when is not None:
            await_records(type_when[0], 1, process)
            os.write(master, type_when[1])
        status = process.wait(timeout=lab.DEADLINE)
    reader.join(timeout=lab.DEADLINE)
    os.close(master)
    return shown.decode(errors="replace"), status


def await_records(file: Path, count: int, process: subprocess.Popen[str]) -> None:
    """Until the file holds that many cells."""
    deadline = time.monotonic() + lab.DEADLINE
    while not file.exists() or file.read_bytes().count(b"\n") < 1 + count:
        assert process.poll() is None, "the run ended before it was interrupted"
        assert time.monotonic() < deadline, "no cell was measured"
        time.sleep(0.01)
