"""``bench``: a ratio over 1 is the better side, whatever the unit."""

from __future__ import annotations

from typing import Any

import pytest

from repro.report.pictures.bench import Mark, Row, rows, times


def series(pool: str, *rounds: list[float], benchmark: str = "submit", statistic: str = "best") -> dict[str, Any]:
    return {
        "benchmark": benchmark,
        "title": f"the {benchmark}",
        "unit": "u",
        "pool": pool,
        "start_method": "fork",
        "statistic": statistic,
        "rounds": list(rounds),
    }


def test_more_is_better() -> None:
    """A round's value is its best sample; the reference is the median of its rounds."""
    found = rows(
        [series("multiprocessing.Pool", [5, 10], [10], [20]), series("safe", [20], [40], [30])], {"submit": True}
    )
    assert found == [Row("the submit", "u", 10.0, [Mark("safe", 3.0, 2.0, 4.0, 30.0)])]


def test_less_is_better() -> None:
    found = rows([series("multiprocessing.Pool", [10, 11]), series("safe", [20], [5])], {"submit": False})
    assert found == [Row("the submit", "u", 10.0, [Mark("safe", 1.25, 0.5, 2.0, 12.5)])]


def test_a_latency_is_a_median() -> None:
    (row,) = rows(
        [series("multiprocessing.Pool", [1, 10, 100], statistic="median"), series("safe", [5], statistic="median")],
        {"submit": False},
    )
    assert row.reference == 10.0


def test_what_has_no_reference_is_left_out() -> None:
    assert rows([series("safe", [1])], {}) == []
    assert rows([series("multiprocessing.Pool", [1])], {}) == []
    assert rows([series("multiprocessing.Pool", []), series("safe", [1])], {}) == []


def test_what_is_no_record_is_refused() -> None:
    with pytest.raises(KeyError):
        rows([{"pool": "x"}], {})


def test_in_words() -> None:
    assert Row("t", "u", 1.0, [Mark("a", 2.0, 1, 3, 2), Mark("b", 0.5, 0.1, 1, 2)]).in_words == "t: a 2.00x, b 0.50x"
    assert times(12.34) == "12.3x"
