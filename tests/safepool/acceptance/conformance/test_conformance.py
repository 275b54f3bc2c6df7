"""CPython's own tests for Pool and ProcessPoolExecutor, pointed at safepool's classes.

Every interpreter on this machine whose standard library has the tests runs them. Without ``--full`` the interpreters
that are not this one run a part: `fork` only. With it all start methods, and a process for each test.
"""

from __future__ import annotations

import fnmatch

import pytest

from tests.safepool.acceptance import harness, interpreters, runs
from tests.safepool.acceptance.conformance import runner
from tests.safepool.acceptance.conformance.skipped import ALL, SUBTESTS


@pytest.mark.timeout(600)
@pytest.mark.parametrize("start_method", runs.START_METHODS)
@pytest.mark.parametrize("family", runner.FAMILIES)
@pytest.mark.parametrize("minor", interpreters.MINORS)
def test_cpythons_own_tests_hold_for_safepool(minor: str, family: str, start_method: str, full: bool) -> None:
    """What CPython asks of its own classes holds for ours, except what the table of skips lists with a reason."""
    if not full and minor != interpreters.THIS and start_method != "fork":
        pytest.skip("only with --full: this interpreter runs all start methods, the others fork")
    python = interpreters.interpreter_or_skip(minor)
    try:
        outcomes = runner.run(python, family, start_method, isolated=full)
    except runner.Absent as absent:
        pytest.skip(f"CPython {minor} came without these tests: {absent}")
    assert outcomes, "no test was found, so none was passed"
    assert any(outcome.verdict == "passed" for outcome in outcomes)
    text = harness.problems(outcomes)
    assert not text, text


def test_every_skip_has_a_reason_and_skips_something() -> None:
    """The table holds no bare skip, and no entry that matches no test of this interpreter or a newer one."""
    interpreters.interpreter_or_skip(interpreters.MINORS[-1])  # some of the tests came late
    names: set[str] = set()
    for minor in (interpreters.THIS, "3.8", interpreters.MINORS[-1]):
        python = interpreters.interpreter(minor)
        for family in runner.FAMILIES:
            for start_method in runs.START_METHODS:
                try:
                    names.update(runner.list_tests(python, family, start_method)[1] if python else [])
                except runner.Absent:
                    continue
    if not any("test_killed_child" in name for name in names):
        pytest.skip("no interpreter here came with the executors' tests")
    for skip in ALL:
        assert len(skip.reason) > 20, f"{skip.pattern}: {skip.reason!r} is no reason"
        matching = [name for name in names if fnmatch.fnmatchcase(name.partition(":")[2], skip.pattern)]
        assert matching or skip in SUBTESTS, f"{skip.pattern} skips nothing"
