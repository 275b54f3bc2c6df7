"""One cell to take away: a complete program of at most 40 lines that shows it, fit for a bug report or a slide.

It is made of what the scenario's file says (``repro.subject.script.Script``) and of how the pool is written (``Wording``); a pool
without a wording has lines of its own for one call, which serve the scenarios that make no more than that.
"""

from __future__ import annotations

import ast
import builtins
import sys
import textwrap
from collections.abc import Sequence

from repro.errors import UsageError
from repro.plan import catalogue, matrix
from repro.plan.catalogue import PoolEntry, ScenarioEntry
from repro.plan.interpreters import Interpreter
from repro.subject.adapter import START_METHODS, Adapter
from repro.subject.scenario import Scenario
from repro.subject.script import Script, expand
from repro.verdicts import adapter_check
from repro.verdicts.expectations import Expectation, expected
from repro.verdicts.judge import Verdict
from repro.verdicts.notes import note_on

MOST_LINES = 40
#: The longest line of the heading.
_WIDTH = 100

_DOES = {
    Verdict.HANG: "It never ends",
    Verdict.LIVELOCK: "It never ends, and computes all the time",
    Verdict.LOST: "Results are missing, and nothing says so",
}


def render(
    scenario: ScenarioEntry,
    pool: PoolEntry,
    operation: str,
    start_method: str | None,
    python: Interpreter,
    oom: tuple[str, str] | None = None,
) -> str:
    """The program. operation: a call of the pool. start_method: None for the one that shows it. oom: the path of a memory cgroup
    that the program can make, and the name of the file that takes its limit.

    Raises UsageError where there is no such program, and says why.
    """
    one, adapter = scenario.scenario, pool.adapter
    script = one.script_here(*(oom or (None, None)))
    if script is None:
        raise UsageError(f"scenario {one.name} has no program: its file says nothing of one (script = Script(...))")
    if reason := why_not(one, script, adapter, operation):
        raise UsageError(reason)
    default = (python.start_methods or START_METHODS)[0]
    method = start_method or telling_method(one, script, adapter, python)
    known = expected(one.name, pool.name, operation, adapter.default_start_method or method, python.version)
    told = f" with {method}" if method and not adapter.default_start_method else ""
    where = f"CPython {python.version}{told}"
    lines = textwrap.wrap(
        " ".join(filter(None, [f"{adapter.label}: {one.title}.", does(script, known, where), script.note])), _WIDTH - 2
    )
    said = start_method or (method if method != default and adapter.start_methods == START_METHODS else "")
    body = _body(one, script, adapter, operation, said)
    program = [*(f"# {line}" for line in lines), *imports(body, adapter.script_imports), "", *body.splitlines()]
    if len(program) > MOST_LINES:
        raise UsageError(
            f"the program of {one.name} in {pool.name} has {len(program)} lines, and {MOST_LINES} are the most"
        )
    return "\n".join(program) + "\n"


def first_pool(scenario: ScenarioEntry) -> PoolEntry:
    """The first of the pools of a bare run for which there is a program; the first of all where there is none."""
    pools = catalogue.default_pools()
    script = scenario.scenario.script_here(None, None) or Script()
    operations = [matrix.operations_of(scenario, pool)[0] for pool in pools]
    fit = [
        pool
        for pool, operation in zip(pools, operations, strict=True)
        if not why_not(scenario.scenario, script, pool.adapter, operation)
    ]
    return (fit or pools)[0]


def why_not(scenario: Scenario, script: Script, adapter: Adapter, operation: str) -> str:
    """Why there is no program of a scenario for a pool, a sentence; "" where there is one."""
    if script.why_not:
        return f"scenario {scenario.name} has no program: {script.why_not}"
    missing = [need for need in scenario.needs if need not in adapter.features(operation)]
    if missing:
        return (
            f"scenario {scenario.name} has no program for {adapter.name}.{operation}, which has no {', '.join(missing)}"
        )
    try:
        worded = adapter.wording(operation, _time_limit(scenario, adapter)) is not None
    except NotImplementedError:
        return f"scenario {scenario.name} has no program for {adapter.name}: it can't be told a time limit in one"
    if worded:
        return ""
    if wrong := adapter_check.script(adapter, operation):
        return f"{adapter.name} has no program: of its adapter, {wrong[0]}"
    if script.main or script.options or scenario.workers or not script.guard or "POOL(" in script.fault:
        return f"scenario {scenario.name} has no program for {adapter.name}: it takes more than one call of a pool of three"
    return ""


def telling_method(scenario: Scenario, script: Script, adapter: Adapter, python: Interpreter) -> str:
    """The start method with which a program shows the scenario: the platform's default, or the one that the scenario is about; ""
    where the pool has a way of its own."""
    if adapter.default_start_method or adapter.start_methods == ("",):
        return adapter.default_start_method
    there = python.start_methods or START_METHODS
    wanted = [script.start_method or there[0], *scenario.start_methods]
    without_fork = any(name in script.options for name in adapter.not_with_fork)
    fit = [one for one in wanted if one in scenario.start_methods and not (without_fork and one == "fork")]
    return (fit or wanted)[0]


def does(script: Script, known: Expectation | None, where: str) -> str:
    """What the program is known to do, in a sentence. where: with which Python and start method that was seen."""
    if known is None:
        return ""
    outcomes = [_outcome(script, known, verdict) for verdict in known.verdicts]
    references = [note.reference for verdict in known.verdicts if (note := note_on(known, verdict)) is not None]
    issue = next((f" See {one}." for one in references if one.startswith("gh-")), "")
    rest = [f", or {outcome[0].lower()}{outcome[1:]}" for outcome in outcomes[1:]]
    return f"{outcomes[0]}{''.join(rest)}{': that is chance' if rest else ''} ({where}).{issue}"


def _outcome(script: Script, known: Expectation, verdict: Verdict) -> str:
    note = note_on(known, verdict)
    errors = note.errors if note else ()
    if verdict is Verdict.RAISED:
        return "It ends with a traceback" + (f": {errors[0]}" if len(errors) == 1 else "")
    if verdict is Verdict.PARENT_EXIT:
        if "SystemExit" in errors:
            return "The parent itself exits, with the worker's status"
        return "The parent itself ends of it, with a traceback" if errors else "A signal ends the parent itself"
    return _DOES.get(verdict) or script.well.rstrip(".")


def _time_limit(scenario: Scenario, adapter: Adapter) -> float | None:
    return scenario.time_limit if "time_limit" in adapter.has else None


def _body(scenario: Scenario, script: Script, adapter: Adapter, operation: str, start_method: str) -> str:
    """The program without its heading and imports. start_method: what it sets; "" for nothing."""
    wording = adapter.wording(operation, _time_limit(scenario, adapter))
    opened = f"POOL({', '.join(filter(None, [str(scenario.workers or 3), script.options]))})"
    if script.main:
        main = _lines(script.main)
    elif wording is not None:
        main = wording.program(opened, script.items).splitlines()
    else:
        main = [line.replace("[1, 2, 3]", script.items) for line in adapter.script(operation)]
    force = "" if script.guard else ", force=True"
    method = [f'multiprocessing.set_start_method("{start_method}"{force})'] if start_method else []
    main = [*_lines(script.prepare), *method, *main]
    if script.guard:
        main = ['if __name__ == "__main__":', *(f"    {line}".rstrip() for line in main)]
    parts = [_lines(script.above), _worker(script), main]
    text = "\n\n".join("\n".join(part) for part in parts if part)
    return text if wording is None else expand(text, wording)


def _worker(script: Script) -> list[str]:
    if script.worker is not None:
        return _lines(script.worker)
    fault = ["    if x == 3:", *(f"        {line}" for line in _lines(script.fault))] if script.fault else []
    return ["def worker(x):", "    print(x, flush=True)", *fault, "    return x"]


def _lines(text: str) -> list[str]:
    return textwrap.dedent(text).strip("\n").splitlines()


def imports(body: str, available: Sequence[str]) -> list[str]:
    """The lines that bring what a program uses and does not make: of the standard library, and of the lines ``available``."""
    tree = ast.parse(body)
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    used = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    made = {node.id for node in names if isinstance(node.ctx, ast.Store)} | set(dir(builtins))
    made |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    made |= {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    found = []
    for line in available:
        (statement,) = ast.parse(line).body
        assert isinstance(statement, (ast.Import, ast.ImportFrom)), line
        names_of = {alias: (alias.asname or alias.name).partition(".")[0] for alias in statement.names}
        statement.names = [alias for alias, name in names_of.items() if name in used]
        made |= set(names_of.values())
        found += [ast.unparse(statement)] if statement.names else []
    needed = used - made
    if any(isinstance(node, ast.Attribute) and node.attr == "futures" for node in ast.walk(tree)):
        needed = {"concurrent.futures" if name == "concurrent" else name for name in needed}
    found += [f"import {name}" for name in needed if name.partition(".")[0] in sys.stdlib_module_names]
    return sorted(found, key=lambda line: (not line.startswith("import "), line))
