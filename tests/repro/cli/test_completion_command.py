"""``repro completion``: a script for each shell."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.repro import lab
from tests.repro.cli.commands import called


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "tcsh"])
def test_a_completion_script_is_one(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each shell's script names the commands, scenarios and pools; the shell itself, where it is here, can read it."""
    assert called("completion", shell) == 0
    text = capsys.readouterr().out
    assert all(
        word in text for word in ("sigkill", "forkserver", "start-method", "report", "map-10us", "fail-on", "doctor")
    )
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"no {shell} here to read it")
    read = subprocess.run(
        [program, "-n"], input=text, text=True, capture_output=True, timeout=lab.DEADLINE, check=False
    )
    assert (read.returncode, read.stderr) == (0, "")
