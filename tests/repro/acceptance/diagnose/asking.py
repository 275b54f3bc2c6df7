"""``repro diagnose``, in one of three modes. ``python -m tests.repro.acceptance.diagnose.asking MODE ARGUMENT...``

with: as whoever runs it, with py-spy. without: as if py-spy were not installed. nobody: as another user, who may read no memory
of the program's and none of its descriptors.
"""

from __future__ import annotations

import codecs
import importlib
import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import Any

WITH, WITHOUT, NOBODY = MODES = ("py-spy", "no py-spy", "another user")
#: The user who owns nothing (getpwnam(3): nobody).
NOBODY_ID = 65534
#: How long an answer may take, in seconds.
DEADLINE = 60


def ask(pid: int, mode: str, saved: Path | None = None) -> dict[str, Any]:
    """What ``repro diagnose PID --format json`` says. saved: where the snapshot is kept. Raises RuntimeError for no answer."""
    keep = ["--save", str(saved)] if saved is not None else []
    from tests.repro import lab  # takes long to import, which the command that is asked needs not wait for

    command = [sys.executable, "-m", __name__, mode, str(pid), "--format", "json", *keep]
    try:
        done = subprocess.run(
            command, cwd=lab.ROOT, env=lab.environment(), capture_output=True, text=True, timeout=DEADLINE, check=False
        )
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"repro diagnose {pid} ({mode}) has not answered within {DEADLINE} s") from None
    if done.returncode not in (0, 1, 2):
        raise RuntimeError(f"repro diagnose {pid} ({mode}): status {done.returncode}: {done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def main(mode: str, *arguments: str) -> int:
    from repro import cli, diagnose
    from repro.cli import diagnose_command, output  # noqa: F401  for another user, who may not read them where they are
    from repro.tree import native

    if mode == WITHOUT:
        native.tool = lambda: None
    if mode == NOBODY:
        for one in pkgutil.iter_modules(diagnose.__path__):
            importlib.import_module(f"{diagnose.__name__}.{one.name}")
        for name in ("tabulate", "lzma", "traceback", "safepool._version"):
            importlib.import_module(name)
        codecs.lookup("unicode_escape")
        native.tool()
        os.environ["HOME"] = "/"
        os.setgroups([])
        os.setresgid(NOBODY_ID, NOBODY_ID, NOBODY_ID)
        os.setresuid(NOBODY_ID, NOBODY_ID, NOBODY_ID)
    return cli.main(["diagnose", *arguments])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
