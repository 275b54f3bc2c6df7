"""The table and the JSON of a benchmark run."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from collections.abc import Sequence
from typing import Any

import safepool
from repro.bench.catalogue import Benchmark, Target
from repro.bench.measure import Plan, Series

SCHEMA = 1


def table(plan: Plan, everything: Sequence[Series], table_format: str) -> str:
    """A row per benchmark, a column per pool, and the targets with what was reached."""
    from tabulate import tabulate  # here: the command line reads this file for its --help

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
    notes = [
        f"{series.benchmark.name}, {series.pool}, {series.start_method}: {series.problem}"
        for series in everything
        if series.problem and not series.problem.startswith("unsupported")
    ]
    return "\n\n".join(texts + (["\n".join(notes)] if notes else []))


def cell(series: Series) -> str:
    value = series.value
    if value is None:
        return "-" if series.problem.startswith("unsupported") or not series.problem else "failed"
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


def as_json(plan: Plan, everything: Sequence[Series]) -> str:
    """Everything, raw samples included, and what it was measured on."""
    return (
        json.dumps(
            {
                "kind": "safepool-bench",
                "schema": SCHEMA,
                "safepool": safepool.__version__,
                "machine": machine(plan),
                "workers": plan.workers,
                "rounds": plan.rounds,
                "scale": plan.scale,
                "series": [
                    {
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
                    for series in everything
                ],
                "targets": targets(plan, everything),
            },
            indent=1,
        )
        + "\n"
    )


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
