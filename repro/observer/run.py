"""Runs cells and judges them, each once: the one way from cells to verdicts, for every command and for the tests.

A run's records are made here, of what the scheduler saw, what the judge said of that, and what was known before.
"""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import closing
from datetime import datetime, timezone
from typing import NamedTuple

import psutil

from repro.observation import Observation
from repro.observer.scheduler import Scheduler
from repro.observer.signals import stopped_by_signals
from repro.plan.interpreters import Interpreter
from repro.plan.matrix import Cell
from repro.records.planned import NAMES, Key, plan_of
from repro.records.results import SCHEMA_VERSION, Record
from repro.verdicts.expectations import Expectation, expected
from repro.verdicts.judge import Judgement, judge, unsupported
from safepool._version import __version__


class Ran(NamedTuple):
    """One cell, what was recorded of it, and what the judge made of that. observation: without facts where it was not run."""

    cell: Cell
    observation: Observation
    judgement: Judgement


def run_cells(scheduler: Scheduler) -> Generator[Ran, None, None]:
    """Run the scheduler's cells and judge each, in the order in which they end.

    Raises KeyboardInterrupt when the scheduler was asked to stop; then, and when the iterator is closed, nothing is left running.
    """
    with closing(scheduler.run()) as seen:
        for cell, observation in seen:
            why_not = cell.unsupported
            yield Ran(
                cell, observation, unsupported(why_not) if why_not else judge(cell.fault, cell.operation, observation)
            )


def in_order(cells: Sequence[Cell], timeout: float, jobs: int | None = None) -> list[Ran]:
    """Run these cells and judge them; in their own order.

    timeout: the watchdog's, in seconds. jobs: working cells at once; one for each core if not given. Ctrl-C and the like raise
    KeyboardInterrupt, with nothing left running.
    """
    scheduler = Scheduler(cells, timeout, jobs or os.cpu_count() or 1)
    with stopped_by_signals(scheduler):
        ran = {id(one.cell): one for one in run_cells(scheduler)}
    return [ran[id(cell)] for cell in cells]


def known_of(cell: Cell, own: Sequence[Expectation] = ()) -> Expectation | None:
    """What is known of a cell before it runs, or None. own: what a project itself expects."""
    return expected(
        cell.scenario.name, cell.pool.name, cell.operation, cell.start_method, cell.interpreter.version, own
    )


def header(scheduler: Scheduler, pythons: Sequence[Interpreter], repeat: int) -> Record:
    """What a run begins with: when, where and what. pythons: those that were chosen. repeat: how often each cell is run."""
    return {
        "kind": "header",
        "schema": SCHEMA_VERSION,
        **_circumstances(scheduler.cells, pythons),
        "timeout": scheduler.timeout,
        "jobs": scheduler.jobs,
        "repeat": repeat,
        "planned": len(scheduler.cells),
        "plan": plan_of(map(key_of_cell, scheduler.cells)),
    }


def resumed(scheduler: Scheduler, pythons: Sequence[Interpreter]) -> Record:
    """What is written where a run is gone on with. scheduler: of the cells that were missing. pythons: those of the whole run."""
    return {
        "kind": "resumed",
        **_circumstances(scheduler.cells, pythons),
        "jobs": scheduler.jobs,
        "missing": len(scheduler.cells),
    }


def _circumstances(cells: Sequence[Cell], pythons: Sequence[Interpreter]) -> Record:
    pools: dict[str, dict[str, str | None]] = {}
    for cell in cells:
        one, adapter = cell.interpreter, cell.pool.adapter
        version = one.modules.get(adapter.requires) if adapter.requires else adapter.version()
        pools.setdefault(cell.pool.name, {})[one.version or one.path] = version
    return {
        "tool": __version__,
        "started": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "machine": {
            "system": platform.system(),
            "kernel": platform.release(),
            "architecture": platform.machine(),
            "cores": os.cpu_count() or 1,
            "memory_bytes": psutil.virtual_memory().total,
        },
        "interpreters": [
            {
                "version": one.version or one.path,
                "implementation": one.implementation,
                "build": one.build,
                "free_threaded": one.free_threaded,
                "path": one.path,
            }
            for one in pythons
        ],
        "pools": pools,
    }


def footer(records: Sequence[Record], scheduler: Scheduler) -> Record:
    """What a run ends with. records: its cells'."""
    costs = scheduler.costs
    return {
        "kind": "footer",
        "cells": len(records),
        "verdicts": dict(sorted(Counter(record["verdict"] for record in records).items())),
        "interrupted": scheduler.stop,
        "wall_s": round(costs.wall, 3),
        "subjects_cpu_s": round(costs.subjects_cpu, 3),
        "observer_cpu_s": round(costs.observer_cpu, 3),
    }


def key_of_cell(cell: Cell) -> Key:
    """Which cell it is, as records say it."""
    python = cell.interpreter.version or cell.interpreter.path
    return cell.scenario.name, cell.pool.name, cell.operation, cell.start_method, python, cell.repetition


def cell_record(ran: Ran, known: Expectation | None) -> Record:
    """The record of a cell. known: what was known of it."""
    cell = ran.cell
    return {
        "kind": "cell",
        **dict(zip(NAMES, key_of_cell(cell), strict=True)),
        **ran.judgement.to_record(),
        "expected": [str(verdict) for verdict in known.verdicts] if known else None,
        "fault": cell.fault.__dict__,
        "observation": None if cell.unsupported else ran.observation.to_record(),
    }
