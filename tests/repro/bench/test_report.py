"""The tables: values, spread, and why there is none; targets: reached, missed, or without a verdict."""

from __future__ import annotations

from repro.bench import catalogue, report
from repro.bench.catalogue import POOL, SAFE_POOL, Benchmark, Target
from repro.bench.measure import Plan, Series
from repro.report.formats import Style


def test_targets_are_judged_against_the_better_reference() -> None:
    """A ratio is that to the better of the references; a missing reference gives no verdict instead of a good one."""
    benchmark = Benchmark("a", "a", "MB/s", True, "best", (Target(SAFE_POOL, (POOL, catalogue.EXECUTOR), 1.5),))
    found = {
        pool: Series(benchmark, pool, "fork", [[value]])
        for pool, value in ((POOL, 100.0), (catalogue.EXECUTOR, 200.0), (SAFE_POOL, 290.0))
    }
    assert report.judge(benchmark, benchmark.targets[0], found) == (1.45, False)
    del found[catalogue.EXECUTOR]
    assert report.judge(benchmark, benchmark.targets[0], found) is None


def test_values_stand_with_their_spread_and_reasons() -> None:
    """Each value, how far the rounds are apart, and of each place without a value why; no target of ours."""
    numbers = Benchmark("numbers", "numbers there and back", "MB/s", True, "best", (Target(SAFE_POOL, (POOL,), 9.0),))
    arrays = Benchmark("arrays", "arrays there and back", "MB/s", True, "best")
    absent = Series(arrays, POOL, "fork", problem="unsupported: cannot be imported: No module named 'numpy'")
    rival = [
        Series(one, "loky", "fork", problem="unsupported: cannot be imported: No module named 'loky'")
        for one in (numbers, arrays)
    ]
    measured = Series(numbers, POOL, "fork", [[90.0, 1.0], [100.0], [120.0]])
    plan = Plan([numbers, arrays], [POOL, "loky"], ["fork"], 3, 2, 1.0, 1.0, "python")
    text = report.table(plan, [measured, absent, *rival], Style(width=200))
    rows = [line.split() for line in text.splitlines()]
    assert ["benchmark", "unit", "Pool", "loky"] in rows
    assert ["numbers", "there", "and", "back", "MB/s", "120", "±10%", "-"] in rows
    assert "- Pool (arrays): NumPy is not installed: pip install numpy" in text
    assert "- loky: not installed: pip install loky, or repro pools install" in text
    assert "reach" not in text and "9" not in text.replace("90", "")
    narrow = report.table(plan, [measured, absent, *rival], Style(width=40))
    assert max(map(len, narrow.splitlines())) <= 80


def test_the_spread_is_that_of_rounds() -> None:
    """Half of the rounds' values are no further from their median; of one round, nothing can be said."""
    benchmark = Benchmark("a", "a", "us", False, "median")
    assert Series(benchmark, POOL, "fork", [[1.0, 2.0, 9.0]]).spread is None
    assert Series(benchmark, POOL, "fork", [[10.0], [11.0], [8.0]]).spread == 0.1
    assert Series(benchmark, POOL, "fork", [[0.0], [0.0]]).spread is None
