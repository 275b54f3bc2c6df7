"""The tables and the JSON of a benchmark run."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Sequence
from typing import Any

from repro.bench import against
from repro.bench.against import Row
from repro.bench.catalogue import Benchmark, Target
from repro.bench.measure import Measuring, Plan, Series
from repro.bench.packages import Side

#: 2: ``against``, where there is another side; ``series`` is this checkout's as before.
SCHEMA = 2


def table(plan: Plan, everything: Sequence[Series], table_format: str) -> str:
    """A row per benchmark, a column per pool, and the targets with what was reached."""
    from tabulate import tabulate

    texts = []
    for start_method in plan.start_methods:
        rows = []
        for benchmark in plan.benchmarks:
            found = {
                series.pool: series
                for series in everything
                if series.benchmark is benchmark and series.start_method == start_method
            }
            rows.append(
                [
                    benchmark.title,
                    benchmark.unit,
                    *(cell(found[pool]) for pool in plan.pools),
                    "; ".join(verdicts(benchmark, found)),
                ]
            )
        headers = ["benchmark", "unit", *plan.pools, "safepool as a multiple of the standard class (to reach)"]
        texts.append(
            f"{start_method}, {plan.workers} workers\n"
            + tabulate(
                rows,
                headers,
                tablefmt=table_format,
                disable_numparse=True,
                colalign=("left", "left", *("right" for _ in plan.pools), "left"),
            )
        )
    notes = [f"{series}: {series.problem}" for series in everything if series.failed]
    return "\n\n".join(texts + (["\n".join(notes)] if notes else []))


def cell(series: Series) -> str:
    value = series.value
    if value is None:
        return "failed" if series.failed else "-"
    return number(value) + (" (!)" if series.problem else "")


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


def verdicts(benchmark: Benchmark, found: dict[str, Series]) -> list[str]:
    texts = []
    for target in benchmark.targets:
        judged = judge(benchmark, target, found)
        if judged is None:
            continue
        sign = ">=" if benchmark.higher else "<="
        unit = f" x {' or '.join(target.references)}" if target.references else " " + benchmark.unit
        texts.append(f"{judged[0]:.3g}{unit} ({sign} {target.factor:g}: {'reached' if judged[1] else 'short'})")
    return texts


def table_against(measuring: Measuring, sides: Sequence[Side], percent: float, table_format: str) -> str:
    """A row per benchmark and pool with both sides' medians and their ratio, and what that says at this limit in one sentence."""
    from tabulate import tabulate

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
            row.this.pool,
            *([row.this.start_method] if len(plan.start_methods) > 1 else []),
            *figures(row),
            row.verdict(percent),
        ]
        for row in compared
    ]
    methods = ["start method"] if len(plan.start_methods) > 1 else []
    left = ["benchmark", "unit", "pool", *methods]
    text = tabulate(
        rows,
        [*left, "this", "other", "ratio", "middle half", f"beyond {percent:g} %?"],
        tablefmt=table_format,
        disable_numparse=True,
        colalign=(*("left" for _ in left), "right", "right", "right", "right", "left"),
    )
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
