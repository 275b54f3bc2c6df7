"""What the runners of subjects share: nothing that did not pass goes unsaid."""

from __future__ import annotations

import sys

import pytest

from tests.safepool.acceptance import interpreters, runs
from tests.safepool.acceptance.harness import Outcome


@pytest.mark.parametrize(("verdict", "status"), [("passed", 0), ("skipped", 0), ("hang", 1), ("leftovers", 1)])
def test_by_hand_the_status_says_whether_all_passed(
    verdict: str, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each start method that was asked for is a line with its counts; what did not pass is printed whole."""
    asked = runs.parser("").parse_args(["--start-method", "fork", "--start-method", "spawn"])
    seen = []

    def parts(python: str, start_method: str) -> list[tuple[str, list[Outcome]]]:
        seen.append((python, start_method))
        return [("part", [Outcome("item", verdict, "why")])]

    assert runs.by_hand(asked, parts) == status
    assert seen == [(sys.executable, "fork"), (sys.executable, "spawn")]
    printed = capsys.readouterr().out
    assert printed.count(f"{interpreters.THIS} fork part: {{'{verdict}': 1}}") == 1
    assert printed.count("why") == 2 * status


def test_an_absent_interpreter_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """And runs nothing."""
    assert runs.by_hand(runs.parser("").parse_args(["--python", "3.99"]), lambda *_: pytest.fail("it ran")) == 0
    assert "3.99: absent" in capsys.readouterr().out


def test_outcomes_come_in_the_order_of_the_shares() -> None:
    """However many run at once."""
    shares = [["a", "b"], ["c"], []]
    outcomes = runs.at_once(2, lambda share: [Outcome(item, "passed") for item in share], shares)
    assert [outcome.item for outcome in outcomes] == ["a", "b", "c"]
