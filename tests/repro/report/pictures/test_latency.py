"""``latency``: who was told when, and who never."""

from __future__ import annotations

from dataclasses import replace

from repro.records.judged import JudgedCell
from repro.report.pictures.latency import Latencies, latencies
from repro.verdicts.judge import Judgement
from tests.repro.report.pictures.test_matrix import C, H, R, cell


def told(ms: float, pool: str = "Pool") -> JudgedCell:
    return replace(cell("3.9.2", R, pool=pool), judgement=Judgement(R, "", latency_ms=ms))


def test_each_pool_has_its_own() -> None:
    """Sorted; who was never told is counted beside."""
    cells = [told(5), told(1), cell("3.9.2", H), told(2, "other"), told(9)]
    assert latencies(cells) == [Latencies("Pool", [1, 5, 9], 1), Latencies("other", [2], 0)]


def test_controls_do_not_count() -> None:
    """Nobody dies there, so there is nothing to be told."""
    assert latencies([replace(told(5), faulty=False), cell("3.9.2", C)]) == []


def test_in_words() -> None:
    assert Latencies("p", [1, 5, 9], 2).in_words == "3 told, half of them within 5.0 ms, the last after 9.0 ms; 2 never"
    assert Latencies("p", [], 2).in_words == "none told, 2 never"
    assert Latencies("p", [], 2).median is None
