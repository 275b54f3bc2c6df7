"""Rivals: the control, and a benchmark, for real, in each that is here."""

from __future__ import annotations

import json

import pytest

from repro.bench.catalogue import RIVALS
from repro.cli import main
from repro.plan import catalogue, environments, interpreters, matrix
from repro.verdicts.judge import Verdict
from tests.repro import lab


@pytest.mark.parametrize("name", [name for name, entry in catalogue.pools().items() if entry.adapter.project])
def test_a_rival_that_is_installed_gives_every_result(name: str) -> None:
    """The control, in each rival that is here for this interpreter: in itself, or in its environment."""
    skip_where_absent(name)
    (cell,) = matrix.expand([catalogue.scenarios()["ok"]], [catalogue.pools()[name]], [], [], [interpreters.current()])
    (seen,) = lab.run_cells([cell], 60)
    assert seen.judgement.verdict is Verdict.COMPLETED, seen.judgement.reason


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", RIVALS)
def test_a_rival_that_is_installed_can_be_measured(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Calls one by one, and their figure; nothing of it fails."""
    skip_where_absent(name)
    asked = [
        "--benchmark",
        "round-trip",
        "--benchmark",
        "submit",
        "--rounds",
        "1",
        "--scale",
        "0.001",
        "--timeout",
        "50",
    ]
    assert main(["bench", "--pool", name, *asked, "--format", "json"]) == 0
    for series in json.loads(capsys.readouterr().out)["series"]:
        assert series["value"] > 0, series["problem"]


def test_every_rival_can_be_measured() -> None:
    """What `repro pools list` knows, `repro bench` measures."""
    assert set(RIVALS) == {name for name, entry in catalogue.pools().items() if entry.adapter.project}


def skip_where_absent(name: str) -> None:
    """Whether it is there for this interpreter: in itself, or in its environment."""
    adapter = catalogue.pools()[name].adapter
    home = environments.home(interpreters.current(), adapter)
    if not environments.has(home, adapter):
        pytest.skip(environments.why_absent(home, adapter))
