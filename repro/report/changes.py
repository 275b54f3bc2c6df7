"""What changed between two runs: of versions, machines or pools. Pure functions of their records."""

from __future__ import annotations

from collections.abc import Sequence

from repro.errors import UsageError
from repro.records import Run
from repro.report.tables import JudgedCell, Table, in_words, label

Key = tuple[str, str, str, str, str]


def check(before: Run, after: Run) -> None:
    """Raises UsageError for two runs whose verdicts can't be compared."""
    first, second = before.header["timeout"], after.header["timeout"]
    if first != second:
        raise UsageError(f"these runs can't be compared: one had a watchdog of {first:g} s, the other of {second:g} s")


def changes(before: Sequence[JudgedCell], after: Sequence[JudgedCell]) -> tuple[Table | None, str]:
    """A table of the cells whose verdicts differ, and a sentence; the table is None where none does.

    Cells are matched by scenario, pool, operation, start method and Python: the full version where both runs have one
    in common, else the feature version, so that 3.13.0 can be compared with 3.13.9. Raises UsageError where nothing matches.
    """
    exact = bool({cell.python for cell in before} & {cell.python for cell in after})
    old, new = _grouped(before, exact), _grouped(after, exact)
    common = [key for key in old if key in new]
    if not common:
        raise UsageError("these runs can't be compared: they have no cell in common")
    rows = []
    for key in common:
        if {cell.judgement.verdict for cell in old[key]} != {cell.judgement.verdict for cell in new[key]}:
            scenario, pool, operation, start_method, python = key
            rows.append(
                [scenario, f"{label(pool)}.{operation}", start_method, python, in_words(old[key]), in_words(new[key])]
            )
    alone = f"; {len(old) - len(common)} only in the first, {len(new) - len(common)} only in the second"
    if not rows:
        return None, f"No verdict differs in {len(common)} common cells{alone}."
    headers = ["scenario", "call", "start method", "Python", "before", "after"]
    return Table("What changed", headers, rows), f"{len(rows)} of {len(common)} common cells differ{alone}."


def _grouped(cells: Sequence[JudgedCell], exact: bool) -> dict[Key, list[JudgedCell]]:
    groups: dict[Key, list[JudgedCell]] = {}
    for cell in cells:
        python = cell.python if exact else ".".join(cell.python.split(".")[:2])
        groups.setdefault((cell.scenario, cell.pool, cell.operation, cell.start_method, python), []).append(cell)
    return groups
