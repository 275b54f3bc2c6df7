"""``bench_text``: the same in letters."""

from __future__ import annotations

from repro.report.pictures import bench_text
from repro.report.pictures.bench import Mark, Row


def test_a_bar_for_each_pool() -> None:
    rows = [Row("the submit", "u", 10.0, [Mark("old", 0.1, 0.1, 0.2, 1), Mark("safe", 10.0, 9.0, 11.0, 100)])]
    lines = bench_text.render("title", rows, 80, ascii_=True).splitlines()
    assert lines[2] == "the submit (Pool: 10 u)"
    assert lines[3].split()[0] == "old"
    assert lines[3].count("-") == lines[4].count("+") > 10
    assert max(map(len, lines)) <= 80
    assert bench_text.render("title", rows, 80, ascii_=True).isascii()
    assert bench_text.render("title", [], 80).startswith("title")
