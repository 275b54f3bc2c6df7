"""``repro diagnose``, in each of three modes. ``python -m tests.repro.acceptance.diagnose.asking PID [PREFIX]``

with: as whoever runs it, with py-spy. without: as if py-spy were not installed. nobody: as another user, who may read no memory
of the program's and none of its descriptors. One process asks in all of them, one after the other: to start one takes longer than
to answer. PREFIX: of the files in which the snapshots are kept.
"""

from __future__ import annotations

import codecs
import contextlib
import importlib
import io
import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from repro.tree import native

WITH, WITHOUT, NOBODY = MODES = ("py-spy", "no py-spy", "another user")
#: The user who owns nothing (getpwnam(3): nobody).
NOBODY_ID = 65534
#: How long an answer may take, in seconds.
DEADLINE = 60


def ask(pid: int, kept: Path | None = None) -> dict[str, dict[str, Any]]:
    """What ``repro diagnose PID --format json`` says in each mode. kept: the prefix of files for the snapshots.

    Raises RuntimeError for no answer."""
    from tests.repro import lab  # takes long to import, which the command that asks needs not wait for

    command = [sys.executable, "-m", __name__, str(pid), *([str(kept)] if kept is not None else [])]
    try:
        done = subprocess.run(
            command, cwd=lab.ROOT, env=lab.environment(), capture_output=True, text=True, timeout=DEADLINE, check=False
        )
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"repro diagnose {pid} has not answered within {DEADLINE} s") from None
    told = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode or len(told) != len(MODES):
        raise RuntimeError(f"repro diagnose {pid}: status {done.returncode} after {len(told)}: {done.stderr[-2000:]}")
    return dict(zip(MODES, told, strict=True))


def main(pid: str, kept: str = "") -> int:
    from repro import cli

    tool = native.tool
    for mode in MODES:
        if mode == WITHOUT:
            native.tool = lambda: None
        if mode == NOBODY:
            native.tool = tool
            _become_nobody()
        keep = ["--save", f"{kept}_{mode.replace(' ', '-')}.json.xz"] if kept else []
        with contextlib.redirect_stdout(io.StringIO()) as answer:
            status = cli.main(["diagnose", pid, "--format", "json", *keep])
        if status not in (0, 1, 2):
            return status
        print(json.dumps(json.loads(answer.getvalue())), flush=True)
    return 0


def _become_nobody() -> None:
    """What is imported later, another user may not be able to read where it is."""
    from repro import diagnose
    from repro.cli import diagnose_command, output  # noqa: F401

    for one in pkgutil.walk_packages(diagnose.__path__, f"{diagnose.__name__}."):
        importlib.import_module(one.name)
    for name in ("tabulate", "lzma", "traceback", "safepool._version"):
        importlib.import_module(name)
    codecs.lookup("unicode_escape")
    os.environ["HOME"] = "/"
    os.setgroups([])
    os.setresgid(NOBODY_ID, NOBODY_ID, NOBODY_ID)
    os.setresuid(NOBODY_ID, NOBODY_ID, NOBODY_ID)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
