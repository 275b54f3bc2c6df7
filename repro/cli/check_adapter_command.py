"""Check a pool's adapter: what it declares, the control, what it says it has, and a few faults. Says what is wrong, in words.

repro check-adapter ./mypool_adapter.py          a file with a POOL
repro check-adapter loky --python 3.12           a pool that repro list pools names, a third party's too
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from repro.errors import AS_EXPECTED, DIFFERS, INCONCLUSIVE, NothingRan, UsageError

if TYPE_CHECKING:
    from repro.observer.run import Ran
    from repro.plan.catalogue import PoolEntry
    from repro.plan.interpreters import Interpreter
    from repro.plan.matrix import Cell
    from repro.verdicts.adapter_check import Kind


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("adapter", metavar="NAME_OR_FILE", help="a pool's name (repro list pools), or a Python file")
    parser.add_argument(
        "--python", action="append", default=[], metavar="WHICH", help="all, a version, or a path; default: this one"
    )
    parser.add_argument(
        "--timeout", type=float, default=10.0, metavar="S", help="how long a run may take, in seconds; default 10"
    )


def run(arguments: argparse.Namespace) -> int:
    from repro.observer.run import in_order
    from repro.plan import interpreters
    from repro.verdicts import adapter_check
    from repro.verdicts.adapter_check import Kind

    entry = find(arguments.adapter)
    pythons = interpreters.select(arguments.python)
    wrong = adapter_check.contract(entry.adapter)
    for problem in wrong:
        _print(Kind.WRONG, "declares", problem)
    if wrong:
        return _conclude(str(getattr(entry.adapter, "name", entry.path)), [Kind.WRONG] * len(wrong))
    _print(Kind.FINE, "declares", f"{entry.name}: {', '.join(entry.adapter.operations)}")
    kinds: list[Kind] = []
    absent: list[str] = []
    for python in pythons:
        if why := _why_absent(entry, python):
            absent.append(why)
            kinds.append(Kind.OPEN)
            _print(Kind.OPEN, f"Python {python.version or python.path}", why)
            continue
        checks = _cells(entry, python)
        for (check, cell), ran in zip(checks, in_order([cell for _, cell in checks], arguments.timeout), strict=True):
            kind, text = _judge(check, ran)
            _print(kind, f"{cell.scenario.name if check == 'fault' else check} ({_where(cell)})", text)
            kinds.append(kind)
    if len(absent) == len(pythons):
        raise NothingRan(f"nothing of {entry.name} was checked")
    return _conclude(entry.name, kinds)


def _why_absent(entry: PoolEntry, python: Interpreter) -> str:
    """Why nothing of a pool can be run with an interpreter, in a sentence, or nothing."""
    from repro.plan import environments

    if python.problem:
        return python.problem
    there = environments.has(environments.home(python, entry.adapter), entry.adapter)
    return "" if there else environments.why_absent(python, entry.adapter)


def find(asked: str) -> PoolEntry:
    """The adapter of that name, or in that file. Raises UsageError where there is none, or it does not load."""
    from repro.plan import matrix

    chosen = matrix.pick_pools([asked])
    if len(chosen) > 1:
        raise UsageError(f"one adapter is checked at a time, not {', '.join(entry.name for entry in chosen)}")
    return chosen[0]


def _cells(entry: PoolEntry, python: Interpreter) -> list[tuple[str, Cell]]:
    """What is run: the control by every call and start method, a death by every call, and the rest by the default ones."""
    from repro.plan import catalogue, matrix
    from repro.plan.catalogue import ScenarioEntry
    from repro.subject import loading
    from repro.verdicts import adapter_check

    there = catalogue.scenarios()
    methods = [name for name in entry.adapter.start_methods if name in python.start_methods]
    control = matrix.expand([there["ok"]], [entry], entry.adapter.operations, methods, [python])
    cells = [("control", cell) for cell in control]
    features = [name for name in adapter_check.CHECKED_FEATURES if name in entry.adapter.has]
    for name in (adapter_check.STARTS, *features):
        path = catalogue.SUBJECT / "checks" / f"{name}.py"
        scenario = ScenarioEntry(loading.scenario(str(path)), path)
        cells += [(name, cell) for cell in matrix.expand([scenario], [entry], [], [], [python])]
    for name in adapter_check.FAULTS:
        # every call has a way of its own to tell an error, or to lose it
        calls = entry.adapter.operations if name == adapter_check.DEATH else ()
        cells += [("fault", cell) for cell in matrix.expand([there[name]], [entry], calls, [], [python])]
    return cells


def _judge(check: str, ran: Ran) -> tuple[Kind, str]:
    from repro.verdicts import adapter_check

    if check == "control":
        return adapter_check.control(ran.judgement)
    if check == "fault":
        return adapter_check.fault(ran.judgement)
    return adapter_check.feature(
        check, ran.observation, ran.judgement, ran.cell.pool.adapter.features(ran.cell.operation)
    )


def _where(cell: Cell) -> str:
    return ", ".join(filter(None, [cell.operation, cell.start_method, f"Python {cell.interpreter.version}"]))


def _print(kind: Kind, what: str, text: str) -> None:
    print(f"{kind:5}  {what}: {' '.join(text.split())[:400]}", flush=True)


def _conclude(name: str, kinds: list[Kind]) -> int:
    from repro.verdicts.adapter_check import Kind

    wrong, open_ = kinds.count(Kind.WRONG), kinds.count(Kind.OPEN)
    print(f"{name}: {len(kinds)} checks, {wrong} wrong, {open_} open")
    if wrong:
        return DIFFERS
    return INCONCLUSIVE if open_ else AS_EXPECTED
