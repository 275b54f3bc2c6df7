"""One cell to take away: a complete program of at most 25 lines that shows it, fit for a bug report or a slide."""

from __future__ import annotations

from repro.errors import UsageError
from repro.plan.catalogue import PoolEntry, ScenarioEntry
from repro.plan.interpreters import Interpreter
from repro.verdicts import adapter_check
from repro.verdicts.expectations import expected
from repro.verdicts.judge import Verdict
from repro.verdicts.notes import note_on

MOST_LINES = 25

_DOES = {
    Verdict.COMPLETED: "It prints every result.",
    Verdict.RAISED: "It ends with a traceback.",
    Verdict.HANG: "It never ends.",
    Verdict.LOST: "Results are missing, and nothing says so.",
    Verdict.PARENT_EXIT: "The parent itself exits, with the worker's status.",
}


def render(
    scenario: ScenarioEntry,
    pool: PoolEntry,
    operation: str,
    start_method: str | None,
    python: Interpreter,
    oom: tuple[str, str] | None = None,
) -> str:
    """The program. start_method: None for the platform's default. oom: the path of a memory cgroup that the program can make, and
    the name of the file that takes its limit. Raises UsageError where the scenario has no such program."""
    one, adapter = scenario.scenario, pool.adapter
    parts = one.script_parts(*(oom or (None, None)))
    if not parts.fault:
        raise UsageError(f"scenario {one.name} has no script: its fault needs more than one worker function")
    known = expected(one.name, pool.name, operation, start_method or "", python.version)
    does = _DOES.get(known.verdicts[0], "") if known else ""
    note = note_on(known, known.verdicts[0]) if known else None
    reference = f" See {note.reference}." if note and note.reference.startswith("gh-") else ""
    imports = {*parts.imports, *adapter.script_imports} | ({"import multiprocessing"} if start_method else set())
    if wrong := adapter_check.script(adapter, operation):
        raise UsageError(f"{pool.name} has no script: of its adapter, {wrong[0]}")
    method = [f'multiprocessing.set_start_method("{start_method}")'] if start_method else []
    heading = " ".join(filter(None, [f"# {adapter.label}: {one.title}.", does + reference, parts.note]))
    lines = [
        heading,
        *sorted(imports, key=lambda line: (not line.startswith("import "), line)),
        *parts.globals,
        "",
        "def worker(x):",
        "    print(x, flush=True)",
        "    if x == 3:",
        *(f"        {line}" for line in parts.fault),
        "    return x",
        "",
        'if __name__ == "__main__":',
        *(f"    {line}" for line in [*method, *parts.prepare, *adapter.script(operation)]),
    ]
    if len(lines) > MOST_LINES:
        raise UsageError(
            f"the script of {one.name} in {pool.name} has {len(lines)} lines, and {MOST_LINES} are the most"
        )
    return "\n".join(lines) + "\n"
