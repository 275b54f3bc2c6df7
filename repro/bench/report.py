"""The tables and the JSON of a benchmark run."""

from __future__ import annotations

import json
import os
import platform
import re
import statistics
import subprocess
import time
from collections.abc import Sequence
from typing import Any

from repro.bench import against
from repro.bench.against import Row
from repro.bench.catalogue import LABELS, Benchmark, Target
from repro.bench.measure import Measuring, Plan, Series
from repro.bench.packages import Side
from repro.report.formats import Style
from repro.report.formats.terminal import table_text
from repro.report.tables import Table, counted, distinct

#: 2: ``against``, where there is another side; ``series`` is this checkout's as before.
SCHEMA = 2


def table(plan: Plan, everything: Sequence[Series], style: Style) -> str:
    """A row for each benchmark, a column for each pool: the value, how far the rounds spread, and why some have none."""
    texts = []
    for start_method in plan.start_methods:
        rows = []
        for benchmark in plan.benchmarks:
            found = {
                series.pool: series
                for series in everything
                if series.benchmark is benchmark and series.start_method == start_method
            }
            rows.append([benchmark.title, benchmark.unit, *(cell(found[pool]) for pool in plan.pools)])
        headers = ["benchmark", "unit", *(LABELS.get(pool, pool) for pool in plan.pools)]
        title = f"{start_method}, {counted(plan.workers, 'worker')}"
        texts.append(table_text(Table(title, headers, rows, range(2, len(headers))), style))
    if any(series.spread is not None for series in everything):
        texts.append("±: half of the rounds lie within so much of their middle.")
    return "\n\n".join(texts + ["\n".join(lines) for lines in [reasons(everything)] if lines])


def reasons(everything: Sequence[Series]) -> list[str]:
    """Why there are places without a value: what failed, then what can't be done, each reason with its benchmarks and pools."""
    lines = [f"{series}: {series.problem}" for series in everything if series.failed]
    absent: dict[str, list[Series]] = {}
    for series in everything:
        if series.unsupported:
            absent.setdefault(said(series.problem), []).append(series)
    for reason, several in absent.items():
        pools = ", ".join(distinct(LABELS.get(series.pool, series.pool) for series in several))
        benchmarks = distinct(series.benchmark.name for series in several)
        every = len(benchmarks) == len({series.benchmark.name for series in everything}) > 1
        which = "" if every else f" ({', '.join(benchmarks)})"
        lines.append(f"- {pools}{which}: {reason}")
    return lines


def said(problem: str) -> str:
    """The reason of what is unsupported, with what to do about a module that is not there."""
    reason = problem.removeprefix("unsupported: ")
    absent = re.search(r"No module named '(\w+)", reason)
    if absent is None:
        return reason
    if absent[1] == "numpy":
        return "NumPy is not installed: pip install numpy"
    return f"not installed: pip install {absent[1]}, or repro pools install"


def cell(series: Series) -> str:
    value = series.value
    if value is None:
        return "failed" if series.failed else "-"
    spread = "" if series.spread is None else f" ±{100 * series.spread:.0f}%"
    return number(value) + spread + (" (!)" if series.problem else "")


def number(value: float) -> str:
    """Three significant digits, with thousands separated."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def judge(benchmark: Benchmark, target: Target, found: dict[str, Series]) -> tuple[float, bool] | None:
    """The ratio that `target` is about and whether it is reached; None where it was not measured."""
    series = found.get(target.pool)
    value = series.value if series else None
    if value is None:
        return None
    if not target.references:
        return value, benchmark.reached(value, target)
    references = [found[pool].value for pool in target.references if pool in found]
    known = [reference for reference in references if reference is not None]
    if not known or len(known) < len(target.references):
        return None
    best = known[0]
    for other in known[1:]:
        best = benchmark.better(best, other)
    ratio = value / best if best else float("inf")
    return ratio, benchmark.reached(ratio, target)


def table_against(measuring: Measuring, sides: Sequence[Side], percent: float, style: Style) -> str:
    """A row per benchmark and pool with both sides' medians and their ratio, and what that says at this limit in one sentence."""
    plan = measuring.plan
    this, other = sides
    compared = against.rows(measuring.series)
    again = (
        ", and as many again of what looked different" if any(len(row.ratios) > plan.rounds for row in compared) else ""
    )
    head = (
        f"{', '.join(plan.start_methods)}, {plan.workers} workers, {plan.rounds} rounds in turns{again}. "
        f"This: {this.package.origin} (safepool {this.package.version}), "
        f"other: {other.package.origin} (safepool {other.package.version}); medians of the rounds.\n"
        "Ratio: the median of the rounds' ratios. Over 1, this is the better side, whatever the unit; under 1, it is slower."
    )
    rows = [
        [
            row.benchmark.title,
            row.benchmark.unit,
            LABELS.get(row.this.pool, row.this.pool),
            *([row.this.start_method] if len(plan.start_methods) > 1 else []),
            *figures(row),
            row.verdict(percent),
        ]
        for row in compared
    ]
    methods = ["start method"] if len(plan.start_methods) > 1 else []
    left = ["benchmark", "unit", "pool", *methods]
    headers = [*left, "this", "other", "ratio", "middle half", f"beyond {percent:g} %?"]
    text = table_text(Table("", headers, rows, range(len(left), len(headers) - 1)), style)
    notes = [f"{series}: {series.problem}" for row in compared for series in (row.this, row.other) if series.problem]
    return "\n\n".join([head, text, *(["\n".join(notes)] if notes else []), against.sentence(compared, percent)])


def figures(row: Row) -> list[str]:
    """Both values, the ratio, and how far the rounds' ratios spread."""
    if row.ratio is None:
        return ["failed" if side.failed else "-" for side in (row.this, row.other)] + ["", ""]
    low, high = row.middle_half
    medians = [number(statistics.median(values)) for values in zip(*row.values, strict=True)]
    return [*medians, f"{row.ratio:.3f}", f"{low:.3f} to {high:.3f}"]


def as_json(measuring: Measuring, sides: Sequence[Side], percent: float) -> str:
    """Everything, raw samples included, and what it was measured on. percent: the limit, where two sides are compared."""
    plan = measuring.plan
    ours = [series for series in measuring.series if series.side == "this"]
    everything = {
        "kind": "safepool-bench",
        "schema": SCHEMA,
        "safepool": sides[0].package.version,
        "machine": machine(plan),
        "workers": plan.workers,
        "rounds": plan.rounds,
        "scale": plan.scale,
        "interrupted": measuring.stop,
        "series": [series_record(series) for series in ours],
        "targets": targets(plan, ours),
    }
    if len(sides) > 1:
        everything["against"] = against_record(measuring, sides, percent)
    return json.dumps(everything, indent=1) + "\n"


def series_record(series: Series) -> dict[str, Any]:
    return {
        "benchmark": series.benchmark.name,
        "title": series.benchmark.title,
        "unit": series.benchmark.unit,
        "pool": series.pool,
        "start_method": series.start_method,
        "value": series.value,
        "statistic": series.benchmark.statistic,
        "rounds": series.rounds,
        "problem": series.problem,
    }


def against_record(measuring: Measuring, sides: Sequence[Side], percent: float) -> dict[str, Any]:
    """The other side's series, and each row of the comparison. A ratio over 1 says that this side is the better one."""
    return {
        **{side.name: {"origin": side.package.origin, "safepool": side.package.version} for side in sides},
        "slower_percent": percent,
        "series": [series_record(series) for series in measuring.series if series.side == "other"],
        "rows": [
            {
                "benchmark": row.benchmark.name,
                "pool": row.this.pool,
                "start_method": row.this.start_method,
                "ratios": row.ratios,
                "ratio": row.ratio,
                "middle_half": row.middle_half if row.ratios else None,
                "verdict": row.verdict(percent),
            }
            for row in against.rows(measuring.series)
        ],
    }


def targets(plan: Plan, everything: Sequence[Series]) -> list[dict[str, Any]]:
    answers = []
    for start_method in plan.start_methods:
        for benchmark in plan.benchmarks:
            found = {
                series.pool: series
                for series in everything
                if series.benchmark is benchmark and series.start_method == start_method
            }
            for target in benchmark.targets:
                judged = judge(benchmark, target, found)
                answers.append(
                    {
                        "benchmark": benchmark.name,
                        "start_method": start_method,
                        "pool": target.pool,
                        "references": list(target.references),
                        "factor": target.factor,
                        "ratio": judged[0] if judged else None,
                        "reached": judged[1] if judged else None,
                    }
                )
    return answers


def machine(plan: Plan) -> dict[str, Any]:
    """What a reader needs to compare two runs."""
    version = subprocess.run(
        [plan.python, "-c", "import sys; print(sys.version)"], capture_output=True, text=True, check=True
    )
    return {
        "python": version.stdout.strip(),
        "platform": platform.platform(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
