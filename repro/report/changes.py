"""What changed between two runs: of versions, machines or pools; and what several runs of the same do not agree on. Pure
functions of their records."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from repro.errors import UsageError
from repro.records.judged import JudgedCell
from repro.records.results import Record
from repro.records.series import Key, Series
from repro.report.differences import span
from repro.report.tables import Table, in_words, label, ordered_versions
from repro.verdicts.expectations import expected
from repro.versions import build_of

#: The headings of the table of what several runs do not agree on; and what stands under the last one, of chance that is known.
DISAGREEMENT = ("scenario", "call", "start method", "Python", "verdicts", "to be intermittent")
KNOWN = "known"


def check(headers: Sequence[Record]) -> None:
    """Raises UsageError for runs, by their headers, whose verdicts can't be compared."""
    first, *others = (header["timeout"] for header in headers)
    for other in others:
        if first != other:
            raise UsageError(
                f"these runs can't be compared: one had a watchdog of {first:g} s, the other of {other:g} s"
            )


class Difference(NamedTuple):
    """A kind of cell whose verdicts differ between two runs, with its cells in both."""

    key: Key
    before: Sequence[JudgedCell]
    after: Sequence[JudgedCell]

    def to_record(self) -> Record:
        """For a program: by the names that records have, too."""
        names = ("scenario", "pool", "operation", "start_method", "python")
        return {
            **dict(zip(names, self.key, strict=True)),
            "before": _verdicts(self.before),
            "after": _verdicts(self.after),
        }


def differing(before: Sequence[JudgedCell], after: Sequence[JudgedCell]) -> tuple[list[Difference], str]:
    """What differs between two runs, and a sentence.

    Cells are matched by scenario, pool, operation, start method and Python: the full version where both runs have one
    in common, else the feature version of the same kind of build, so that 3.13.0 can be compared with 3.13.9. Raises UsageError
    where nothing matches.
    """
    exact = bool({cell.python for cell in before} & {cell.python for cell in after})
    old, new = _grouped(before, exact), _grouped(after, exact)
    common = [key for key in old if key in new]
    if not common:
        raise UsageError("these runs can't be compared: they have no cell in common")
    found = [
        Difference(key, old[key], new[key])
        for key in common
        if {cell.judgement.verdict for cell in old[key]} != {cell.judgement.verdict for cell in new[key]}
    ]
    alone = f"; {len(old) - len(common)} only in the first, {len(new) - len(common)} only in the second"
    if not found:
        return found, f"No verdict differs in {len(common)} common cells{alone}."
    return found, f"{len(found)} of {len(common)} common cells differ{alone}."


def changes(differences: Sequence[Difference]) -> Table | None:
    """A table of what differs: versions that changed in the same way are one row; None where nothing differs."""
    pythons = ordered_versions(one.key[-1] for one in differences)
    groups: dict[tuple[str, ...], list[Difference]] = {}
    for one in differences:
        scenario, pool, operation, start_method, _ = one.key
        texts = (in_words(one.before, False), in_words(one.after, False))
        groups.setdefault((scenario, f"{label(pool)}.{operation}", start_method, *texts), []).append(one)
    rows = []
    for (scenario, call, start_method, *_), several in groups.items():
        here = span([one.key[-1] for one in several], pythons, "python")
        told = [
            in_words([cell for one in several for cell in one.before]),
            in_words([cell for one in several for cell in one.after]),
        ]
        rows.append([scenario, call, start_method, here, *told])
    headers = ["scenario", "call", "start method", "Python", "before", "after"]
    return Table("What changed", headers, rows) if rows else None


def disagreements(series: Series) -> tuple[Table | None, str, bool]:
    """A table of the cells that did not come out the same each time in several runs of the same, a sentence, and whether each of
    them is known to be intermittent; the table is None where all runs agree. Repetitions within a run count as runs do.

    Cells are matched by all that they are, the full version included. Raises UsageError where the runs have none in common.
    """
    common = series.common
    if not common:
        raise UsageError("these runs can't be compared: they have no cell in common")
    rows = []
    unknown = 0
    for key, runs in common.items():
        seen = Counter(itertools.chain.from_iterable(runs))
        if len(seen) == 1:
            continue
        rule = expected(*key)
        known = rule is not None and seen.keys() <= set(rule.verdicts)
        unknown += not known
        scenario, pool, operation, start_method, python = key
        where = [scenario, f"{label(pool)}.{operation}", start_method, python]
        verdicts = ", ".join(f"{verdict} {count}/{seen.total()}" for verdict, count in seen.most_common())
        rows.append([*where, verdicts, KNOWN if known else f"not {KNOWN}"])
    counted = f"{len(series.headers)} runs have {len(common):,} cells in common"
    if len(common) < len(series.verdicts):
        counted += f" ({len(series.verdicts) - len(common):,} more are not in all of them)"
    if not rows:
        return None, f"{counted}, and agree on each.", True
    known_of = f"{unknown} of them are not" if unknown else "each of them is"
    sentence = f"{counted}; {len(rows)} did not come out the same each time, and {known_of} known to be intermittent."
    return Table("What the runs do not agree on", [*DISAGREEMENT], rows), sentence, not unknown


def _verdicts(cells: Sequence[JudgedCell]) -> list[str]:
    return sorted({str(cell.judgement.verdict) for cell in cells})


def _grouped(cells: Sequence[JudgedCell], exact: bool) -> dict[Key, list[JudgedCell]]:
    groups: dict[Key, list[JudgedCell]] = {}
    for cell in cells:
        python = cell.python if exact else ".".join(cell.python.split(".")[:2]) + build_of(cell.python)
        groups.setdefault((cell.scenario, cell.pool, cell.operation, cell.start_method, python), []).append(cell)
    return groups
