"""``actions``: a line is one command, whatever is in it."""

from __future__ import annotations

from dataclasses import replace

from repro.records.results import Run
from repro.report.formats import Style, actions
from repro.verdicts.judge import Judgement, Verdict
from tests.repro.report.pictures.test_matrix import C, H, R, cell


def lines(*cells: object) -> list[str]:
    header = {"started": "2026-01-01T00:00:00Z", "planned": len(cells), "repeat": 1}
    return actions.render(Run(header, [{}] * len(cells), {"interrupted": False}), cells, Style()).splitlines()  # type: ignore[arg-type]


def test_what_differs_is_an_error_and_what_could_not_be_told_a_warning() -> None:
    found = lines(
        cell("3.9.2", R, known=(H,)),
        cell("3.9.2", C, known=(C,)),
        cell("3.9.2", Verdict.INCONCLUSIVE),
        cell("3.9.2", H),
    )
    assert [line.split()[0] for line in found] == ["::error", "::warning", "::error", "::notice"]


def test_the_run_as_known_is_a_notice() -> None:
    (line,) = lines(cell("3.9.2", H, known=(H,)))
    assert line.startswith("::notice title=repro::")


def test_nothing_breaks_out_of_its_line() -> None:
    """Neither into another command nor into another property."""
    reason = "50 %\n::set-output name=x::y\r\x1b]0;z"
    (line, _) = lines(replace(cell("3.9.2", R, known=(H,), pool="a:b,c"), judgement=Judgement(R, reason)))
    assert line == (
        "::error title=dies%2C a%3Ab%2Cc.map%2C fork%2C Python 3.9.2::raised, and known is hang: "
        "50 %25%0A::set-output name=x::y\\x1b]0;z"
    )
