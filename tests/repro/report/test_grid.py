"""A table is as wide as what stands in it, whichever module laid it out first."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["grid", "evidence", "formats.markdown", "formats.terminal", "comparison"])
def test_a_column_is_as_wide_as_its_header(module: str) -> None:
    """In a process that has loaded nothing else."""
    program = f"import repro.report.{module}; import tabulate; print(tabulate.tabulate([[1]], headers=['seen'], tablefmt='pipe'))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0] == "|   seen |".replace("   ", " ")
