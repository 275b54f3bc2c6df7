"""Rivals: the control, for real, in each that is here."""

from __future__ import annotations

import pytest

from repro.plan import catalogue, environments, interpreters, matrix
from repro.verdicts.judge import Verdict
from tests.repro import lab


@pytest.mark.parametrize("name", [name for name, entry in catalogue.pools().items() if entry.adapter.project])
def test_a_rival_that_is_installed_gives_every_result(name: str) -> None:
    """The control, in each rival that is here for this interpreter: in itself, or in its environment."""
    adapter = catalogue.pools()[name].adapter
    home = environments.home(interpreters.current(), adapter)
    if not environments.has(home, adapter):
        pytest.skip(environments.why_absent(home, adapter))
    (cell,) = matrix.expand([catalogue.scenarios()["ok"]], [catalogue.pools()[name]], [], [], [interpreters.current()])
    (seen,) = lab.run_cells([cell], 60)
    assert seen.judgement.verdict is Verdict.COMPLETED, seen.judgement.reason
