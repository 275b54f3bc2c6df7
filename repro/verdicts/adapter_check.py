"""What is wrong with an adapter, in words: what it declares, and what came of running it. Pure functions.

A pool may hang, break or lose results when a worker dies: that is what the suite is there to show. What its adapter has to
do is less: declare itself, make the call, give every result when nobody dies, let a fault happen, and have what it says it has.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections import Counter
from collections.abc import Callable, Sequence

from repro.observation import Observation
from repro.subject.adapter import START_METHODS, Adapter
from repro.verdicts.judge import Judgement, Verdict
from repro.versions import StrEnum

#: What ``has`` may name, and the check of it: a file in ``subject/checks``.
FEATURES = ("initializer", "tasks_per_worker", "callback", "terminate", "futures", "time_limit")
CHECKED_FEATURES = ("initializer", "tasks_per_worker", "terminate", "time_limit")

#: What a pool can be made with.
OPTIONS = ("initializer", "tasks_per_worker", "time_limit")

#: The check that every adapter gets beside the control: tasks that are started, collected, and a pool that is finished.
STARTS = "starts"

#: The faults that it is shown: an exception that a pool may catch, and two deaths.
FAULTS = ("sys-exit", "os-exit-0", "sigkill")
#: The one of them that is tried with every call.
DEATH = "sigkill"

_METHODS = {
    "open": "no pool can be made",
    "run": "no call can be tested",
    "start": "scenarios that start tasks without waiting can't be run",
    "collect": "scenarios that start tasks without waiting can't be run",
    "finish": "scenarios that end the pool when its tasks are done can't be run",
    "close": "the pool can't be ended",
}


class Kind(StrEnum):
    """What a finding is: as it has to be; what the pool did with a fault, right or wrong; the adapter's error; not checked."""

    FINE = "fine"
    SEEN = "seen"
    WRONG = "WRONG"
    OPEN = "open"


def contract(adapter: object) -> list[str]:
    """What is wrong with what an adapter declares, a sentence each; empty if nothing is."""
    if not isinstance(adapter, Adapter):
        return [f"POOL is {adapter!r:.80}: it has to be an instance of a subclass of repro.subject.adapter.Adapter"]
    found = []
    for field in ("name", "label", "requires", "project", "script_class", "script_call_limit"):
        if not isinstance(getattr(adapter, field), str):
            found.append(f"{field} is {getattr(adapter, field)!r}: it has to be a str")
    for field in ("aliases", "operations", "has", "start_methods", "script_imports", "not_with_fork"):
        value = getattr(adapter, field)
        if not isinstance(value, tuple) or not all(isinstance(one, str) for one in value):
            found.append(f"{field} is {value!r}: it has to be a tuple of str; one element needs a comma behind it")
    said = adapter.script_options
    if not isinstance(said, dict) or not all(isinstance(one, str) for one in said.values()) or set(said) - set(OPTIONS):
        found.append(f"script_options is {said!r}: it has to say what the constructor calls {', '.join(OPTIONS)}")
    if found:
        return found
    if not re.fullmatch(r"[A-Za-z_][\w.-]*", adapter.name):
        found.append(
            f"name is {adapter.name!r}: it has to be a word that the command line can take, such as mypool.Pool"
        )
    if not adapter.label:
        found.append("label is empty: it is the heading of the pool's column")
    if not adapter.operations or len(set(adapter.operations)) < len(adapter.operations):
        found.append(f"operations is {adapter.operations!r}: it has to name one call at least, and each once")
    if unknown := sorted(set(adapter.has) - set(FEATURES)):
        found.append(f"has names {', '.join(unknown)}: known are {', '.join(FEATURES)}")
    if not adapter.start_methods or (
        adapter.start_methods != ("",) and set(adapter.start_methods) - set(START_METHODS)
    ):
        found.append(
            f"start_methods is {adapter.start_methods!r}: it has to be some of {', '.join(START_METHODS)}, "
            'or ("",) for a pool that has none of them'
        )
    if adapter.default_start_method not in ("", *adapter.start_methods):
        found.append(
            f"default_start_method is {adapter.default_start_method!r}: it has to be one of start_methods, or empty"
        )
    if isinstance(adapter.patience, bool) or not isinstance(adapter.patience, (int, float)) or adapter.patience < 0:
        found.append(f"patience is {adapter.patience!r}: it has to be a number of seconds")
    for method, without in _METHODS.items():
        if getattr(type(adapter), method) is getattr(Adapter, method):
            found.append(f"{method}() is missing: {without}")
    if not found and (adapter.script_imports or adapter.script_class or "script" in vars(type(adapter))):
        found += [problem for operation in adapter.operations for problem in script(adapter, operation)][:1]
    return found


def program_around(lines: Sequence[str], imports: Sequence[str]) -> str:
    """The program, without a fault, in which the lines of a script stand."""
    return "\n".join([*imports, "def worker(x):", "    return x", "", "if True:", *(f"    {line}" for line in lines)])


def script(adapter: Adapter, operation: str) -> list[str]:
    """What is wrong with the lines of a call in a program of its own, a sentence each. An adapter need not have such lines."""
    where = f"script({operation!r})"
    try:
        tree = ast.parse(program_around(adapter.script(operation), adapter.script_imports))
    except NotImplementedError:
        return [f"{where} is missing"]
    except Exception as error:  # it is somebody else's code that makes it
        return [f"{where} is no program: {type(error).__name__}: {error}"]
    made, used = {"worker", *dir(builtins)}, []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            made |= {node.id} if isinstance(node.ctx, ast.Store) else set()
            used += [node.id] if isinstance(node.ctx, ast.Load) else []
        elif isinstance(node, ast.alias):
            made.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            made.add(node.name)
        elif isinstance(node, ast.arg):
            made.add(node.arg)
    unknown = dict.fromkeys(name for name in used if name not in made)
    return [f"{where} uses {name}, which no line of script_imports brings" for name in unknown]


def control(judgement: Judgement) -> tuple[Kind, str]:
    """Nobody died: every result has to come, twice."""
    if judgement.verdict is Verdict.UNSUPPORTED:
        return Kind.OPEN, f"not run: {judgement.reason}"
    if judgement.verdict is Verdict.INCONCLUSIVE:
        return Kind.OPEN, judgement.reason
    if judgement.verdict is not Verdict.COMPLETED:
        return Kind.WRONG, f"nobody died, and yet {judgement.verdict}: {judgement.reason}"
    if judgement.usable_after is False:
        return Kind.WRONG, "nobody died, and yet the pool gave no right results when it was used a second time"
    if judgement.leftovers:
        return (
            Kind.WRONG,
            f"nobody died, and yet this still ran after the program's end: {', '.join(judgement.leftovers)}",
        )
    return Kind.FINE, judgement.reason


def fault(judgement: Judgement) -> tuple[Kind, str]:
    """A fault: whatever the pool makes of it is worth telling, if it happened and the caller's side can be read."""
    verdict = judgement.verdict
    if verdict is Verdict.UNSUPPORTED:
        return Kind.OPEN, f"not run: {judgement.reason}"
    if verdict is Verdict.INCONCLUSIVE:
        advice = (
            "does the pool run each task in a process of its own, and does that process's parent wait for it in Python?"
        )
        return Kind.OPEN, f"{judgement.reason} ({advice})"
    if verdict is Verdict.HARNESS_ERROR:
        return Kind.WRONG, judgement.reason
    if verdict is Verdict.LOST:
        return Kind.WRONG, f"{judgement.reason} (if the pool gives an error here, run() has to raise it or yield it)"
    return Kind.SEEN, f"{verdict}: {judgement.reason}"


def feature(name: str, seen: Observation, judgement: Judgement, has: tuple[str, ...]) -> tuple[Kind, str]:
    """What came of the check of a feature that the adapter says it has."""
    if judgement.verdict is Verdict.UNSUPPORTED:
        return Kind.OPEN, f"not run: {judgement.reason}"
    problem = _FEATURE_CHECKS[name](seen, judgement, has)
    return (Kind.WRONG, problem) if problem else (Kind.FINE, judgement.reason)


def _starts(seen: Observation, judgement: Judgement, has: tuple[str, ...]) -> str:
    if judgement.verdict is not Verdict.COMPLETED:
        return f"start(), collect(), finish(), and yet {judgement.verdict}: {judgement.reason}"
    if "callback" in has:
        called = sum(event["event"] == "called-back" for event in seen.events)
        if called != _TASKS:
            return f"has names callback, and of {_TASKS} tasks that were started with one, {called} called it"
    return ""


def _initializer(seen: Observation, judgement: Judgement, _has: tuple[str, ...]) -> str:
    if judgement.verdict is not Verdict.COMPLETED:
        return f"has names initializer, and yet {judgement.verdict}: {judgement.reason}"
    return ""


def _tasks_per_worker(seen: Observation, judgement: Judgement, _has: tuple[str, ...]) -> str:
    if judgement.verdict is not Verdict.COMPLETED:
        return f"has names tasks_per_worker, and yet {judgement.verdict}: {judgement.reason}"
    most = max(Counter(event["pid"] for event in seen.events if event["event"] == "task-started").values(), default=0)
    return "" if most == 1 else f"has names tasks_per_worker, which was 1, and yet a worker ran {most} tasks"


def _terminate(seen: Observation, judgement: Judgement, _has: tuple[str, ...]) -> str:
    if judgement.verdict is not Verdict.COMPLETED:
        return f"has names terminate, and yet close() did not end a task that runs: {judgement.verdict}: {judgement.reason}"
    return ""


def _time_limit(seen: Observation, judgement: Judgement, _has: tuple[str, ...]) -> str:
    if judgement.verdict is not Verdict.RAISED:
        return (
            f"has names time_limit, and yet a task that took too long came to {judgement.verdict}: {judgement.reason}"
        )
    return ""


#: How many tasks the checks in ``subject/checks`` start.
_TASKS = 8

_FEATURE_CHECKS: dict[str, Callable[[Observation, Judgement, tuple[str, ...]], str]] = {
    STARTS: _starts,
    "initializer": _initializer,
    "tasks_per_worker": _tasks_per_worker,
    "terminate": _terminate,
    "time_limit": _time_limit,
}
