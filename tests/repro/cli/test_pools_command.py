"""``repro pools``: what it refuses."""

from __future__ import annotations

from pathlib import Path

from tests.repro import lab


def test_what_comes_with_python_is_not_installed(tmp_path: Path) -> None:
    """Asking for it is wrong usage, and the error names what can be installed."""
    done = lab.command("pools", "install", "--pool", "multiprocessing.Pool", cwd=tmp_path)
    assert done.returncode == 64
    assert "loky" in done.stderr
