"""``latency_text``: the same in letters."""

from __future__ import annotations

from repro.report.pictures import latency_text
from repro.report.pictures.latency import Latencies


def test_a_line_for_each_pool() -> None:
    rows = [Latencies("Pool", [0.5, 1.0, 5.0, 999.0, 5000.0], 7), Latencies("safepool", [], 0)]
    lines = latency_text.render("title", rows, 80).splitlines()
    assert lines[2].split() == ["1", "ms", "10", "ms", "100", "ms", "1", "s", "later", "never"]
    assert lines[3].split() == ["Pool", "2", "1", "0", "1", "1", "7"]
    assert f"Pool: {rows[0].in_words}." in " ".join(line.strip() for line in lines)
    assert max(map(len, lines)) <= 80
    assert latency_text.render("title", [], 80).startswith("title")
