"""What a run was to have, and which of it is missing. Pure functions of its records.

A run that was cut short (a terminal that was closed, Ctrl-C, a full disk) lacks some of its cells, and not any: what hangs ends
last. So its header says which cells were planned, and every report of it says first that it is not whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from repro.errors import RecordError, UsageError

if TYPE_CHECKING:
    from repro.records.results import Record, Run

#: Scenario, pool, operation, start method, Python and repetition.
Key = tuple[str, str, str, str, str, int]
NAMES = ("scenario", "pool", "operation", "start_method", "python", "repetition")

#: So many cells may be planned, as many as are read of a run.
MOST = 200_000


def plan_of(keys: Iterable[Key]) -> dict[str, Any]:
    """The plan of these cells, as a header keeps it: scenario -> pool -> operation -> start method -> Pythons. Every cell is run
    as often as the header's ``repeat`` says."""
    plan: dict[str, Any] = {}
    for scenario, pool, operation, start_method, python, repetition in keys:
        inner = plan.setdefault(scenario, {}).setdefault(pool, {}).setdefault(operation, {})
        if repetition == 1:
            inner.setdefault(start_method, []).append(python)
    return plan


def planned(header: Record) -> list[Key]:
    """Every cell of the plan; none in records that are older than it. Raises RecordError for a plan that is none."""
    if "plan" not in header:
        return []
    repeat = header["repeat"]
    try:
        once = [
            (str(scenario), str(pool), str(operation), str(start_method), str(python))
            for scenario, pools in header["plan"].items()
            for pool, operations in pools.items()
            for operation, start_methods in operations.items()
            for start_method, pythons in start_methods.items()
            for python in pythons
        ]
    except (AttributeError, TypeError) as error:
        raise RecordError(f"the header's plan is malformed: {error}") from error
    if once and not len(once) * repeat == header["planned"] <= MOST:
        raise RecordError(f"the header's plan has {len(once)} cells, {repeat} times, and not {header['planned']}")
    return [(*one, repetition) for one in once for repetition in range(1, repeat + 1)]


def narrowed(header: Record, there: int, kept: int, wanted: Callable[[Record], bool]) -> Record:
    """A header with the part of its plan that is wanted. there: how many cells the run has. kept: how many of them are wanted."""
    keys = planned(header)
    if not keys:  # which ones are missing is not known, nor whether they are wanted
        return {**header, "planned": header.get("planned", there) - there + kept}
    chosen = [key for key in keys if wanted(dict(zip(NAMES, key, strict=True)))]
    return {**header, "plan": plan_of(chosen), "planned": len(chosen)}


def whole_key(record: Record) -> Key:
    """Which cell a record is of."""
    scenario, pool, operation, start_method, python, repetition = (record[name] for name in NAMES)
    return scenario, pool, operation, start_method, python, repetition


def missing(run: Run) -> list[Key]:
    """The cells that a run was to have and has not, in the order of its plan; none where its records don't say which."""
    left = Counter(planned(run.header))
    if left:  # else nothing is known, and nothing is looked at
        left.subtract(map(whole_key, run.cells))
    return [key for key, count in left.items() for _ in range(count)]


def is_cut_short(run: Run) -> bool:
    """Whether cells are missing."""
    return bool(len(run.cells) < run.header.get("planned", 0))


def cut_short(run: Run) -> str | None:
    """A sentence that says that a run was cut short, and what it lacks; None for one that is whole."""
    if not is_cut_short(run):
        return None
    there, all_ = len(run.cells), run.header["planned"]
    text = f"This run was cut short: {there} of its {all_} cells were run, and the others say nothing"
    if run.cut_line:
        text += "; its last line is cut, and that cell is lost"
    gone = missing(run)
    if not gone:
        return f"{text}. Which ones they are is not recorded."
    of_all, of_gone = (Counter(key[1] for key in keys) for keys in (planned(run.header), gone))
    shares = ", ".join(f"{count} of {of_all[pool]} of {pool}" for pool, count in of_gone.items())
    return f"{text}. Missing: {shares}. `repro run --resume RUN` runs them."


def check_same(header: Record, now: Record) -> None:
    """Whether a run can be gone on with. header: what it began with. now: the record that resumes it.

    Raises UsageError where it would be a run of two machines, or of two versions.
    """
    before, after = _circumstances(header), _circumstances(now)
    for name, value in after.items():
        if before.get(name) != value:
            raise UsageError(
                f"this run can't be resumed: {name} was {before.get(name, 'not there')} when it began, and is {value} now; "
                "start a new one"
            )


def _circumstances(record: Record) -> dict[str, object]:
    """What has to stay the same in the course of a run, by name. The memory's size is not of it: it varies from boot to boot."""
    return {
        "repro": record["tool"],
        **{f"the machine's {name}": value for name, value in record["machine"].items() if name != "memory_bytes"},
        **{f"the Python in {one.get('path', '?')}": {**one} for one in record["interpreters"]},
        **{
            f"{pool} with Python {python}": version
            for pool, versions in record["pools"].items()
            for python, version in versions.items()
        },
    }
