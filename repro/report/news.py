"""What is news, and what changes between versions. Pure functions of judged cells and of what is known.

A claim ("fixed in", "broken since") needs a version on either side of it: of the same run, or, for a version newer than every
one that was measured for the expectations, the expectation itself. Without both, a verdict only *differs from what is known*.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from repro.records.judged import JudgedCell
from repro.report.differences import span
from repro.report.tables import RAN, Table, distinct, in_words, label, ordered
from repro.verdicts import expectations
from repro.verdicts.expectations import GOOD
from repro.verdicts.judge import Verdict
from repro.versions import build_of, release_of

FIXED, BROKEN, CHANGED, DIFFERS = "fixed in", "broken since", "changed in", "differs from what is known"
UNKNOWN = "nothing is known of it"

Verdicts = frozenset[Verdict]
#: The verdicts of one kind of cell by Python version, the oldest first.
History = Sequence[tuple[str, Verdicts]]


@dataclass(frozen=True)
class Turn:
    """Where a behaviour changes. kind: FIXED, BROKEN or CHANGED. before, since: the last version without, the first with it."""

    kind: str
    before: str
    since: str

    @property
    def words(self) -> str:
        """``fixed in 3.14``; with the full version where the one before is of the same feature release."""
        return f"{self.kind} {_short(self.since, self.before)}"


def quality(verdicts: Verdicts) -> bool | None:
    """True: all good. False: all bad. None: intermittent, or nothing."""
    if not verdicts:
        return None
    good = verdicts & GOOD
    return None if good and good != verdicts else bool(good)


def turns(history: History) -> list[Turn]:
    """Every change from one version to a newer one. Verdicts that overlap are none: an intermittent cell shows one or the other;
    but what comes after one is compared with what was there before it."""
    if not history:
        return []
    found = []
    before, old = history[0]
    for since, new in history[1:]:
        if new <= old:
            before, old = since, new
        if old & new:
            continue
        was, now = quality(old), quality(new)
        kind = FIXED if (was, now) == (False, True) else BROKEN if (was, now) == (True, False) else CHANGED
        found.append(Turn(kind, before, since))
        before, old = since, new
    return found


def claim(python: str, history: History, known: Verdicts, newest_measured: str | None) -> str:
    """What may be said of a version whose verdict is not the known one.

    history: of this kind of cell in the same run. known: what was expected of this version. newest_measured: the newest
    version behind the expectations, or None where that is not known.
    """
    if not known:
        return UNKNOWN
    at = [version for version, _ in history].index(python)
    now = quality(history[at][1])
    if now is None or quality(known) is not (not now):
        return DIFFERS
    if any(quality(verdicts) is not now for _, verdicts in history[at:]):
        return DIFFERS  # newer ones do what was known: this one is an exception, and no turn
    first = at
    while first and quality(history[first - 1][1]) is now:
        first -= 1
    kind = FIXED if now else BROKEN
    since = history[first][0]
    if first:
        before, verdicts = history[first - 1]
        return f"{kind} {_short(since, before)}" if quality(verdicts) is (not now) else DIFFERS
    if newest_measured is not None and build_of(since) == "" and release_of(since) > release_of(newest_measured):
        return f"{kind} {_short(since, newest_measured)}"
    return DIFFERS


def lines(cells: Sequence[JudgedCell]) -> list[str]:
    """A line for each group of cells whose verdict is not the known one, what broke first; then those judged otherwise than
    when they ran."""
    histories = _histories(cells)
    newest = expectations.newest_measured()
    groups: dict[tuple[str, str, str, str, str], list[JudgedCell]] = {}
    for cell in cells:
        if cell.is_news:
            known = frozenset(cell.expected or ())
            words = claim(cell.python, histories[_kind(cell)], known, newest)
            wanted = " or ".join(sorted(known))
            groups.setdefault((words, cell.scenario, cell.pool, str(cell.judgement.verdict), wanted), []).append(cell)
    found = [
        f"{scenario}, {label(pool)}: {words}: {verdict}{f' instead of {wanted}' * bool(wanted)} "
        f"({_where(group, cells)}; {_count(group, cells)}): "
        f"{group[0].judgement.reason}"
        for (words, scenario, pool, verdict, wanted), group in sorted(
            groups.items(), key=lambda item: _rank(item[0][0])
        )
    ]
    found += [
        f"{cell.name}: judged {cell.stored} when it ran, and {cell.judgement.verdict} now"
        for cell in cells
        if cell.judgement.verdict != cell.stored
    ]
    return found


def nothing(cells: Sequence[JudgedCell], missing: int = 0) -> str:
    """What may be said where nothing is news: that every cell is as expected only where each of them was compared.

    missing: how many were planned and not run.
    """
    answers = [cell.as_expected for cell in cells if cell.judgement.verdict is not Verdict.UNSUPPORTED]
    if not answers:
        return "Nothing: no cell was run."
    silent = sum(answer is None for answer in answers)
    if not silent and not missing:
        return "Nothing: every cell is as expected."
    said = [f"{answers.count(True)} cells are as expected"]
    said += [f"{silent} say nothing, or nothing is known of them"] if silent else []
    said += [f"{missing} were not run"] if missing else []
    return f"Nothing: {'; '.join(said)}."


def between_versions(cells: Sequence[JudgedCell]) -> Table | None:
    """Where the run itself shows that a behaviour changes from one version to the next; None where it does not."""
    groups: dict[tuple[str, str, str, str, str], list[JudgedCell]] = {}
    of_kind: dict[tuple[str, ...], list[JudgedCell]] = {}
    for cell in cells:
        of_kind.setdefault(_kind(cell), []).append(cell)
    for kind, history in _histories(cells).items():
        for turn in turns(history):
            mine = of_kind[kind]
            before = [cell for cell in mine if cell.python == turn.before and cell.judgement.verdict in RAN]
            after = [cell for cell in mine if cell.python == turn.since and cell.judgement.verdict in RAN]
            texts = (f"{turn.before}: {in_words(before, False)}", f"{turn.since}: {in_words(after, False)}")
            groups.setdefault((kind[0], kind[1], turn.words, *texts), []).extend(after)
    rows = [
        [scenario, f"{label(pool)}: {', '.join(operations)}", ", ".join(methods), words, before, after]
        for (scenario, pool, words, before, after), group in groups.items()
        for operations, methods in _each_with_each(group)
    ]
    headers = ["scenario", "call", "start method", "change", "before", "after"]
    return Table("Changes between versions", headers, rows) if rows else None


def _each_with_each(cells: Sequence[JudgedCell]) -> list[tuple[list[str], list[str]]]:
    """Operations and start methods, so joined that every operation of a pair is there with every start method of it."""
    methods_of = {
        operation: tuple(distinct(cell.start_method for cell in cells if cell.operation == operation))
        for operation in distinct(cell.operation for cell in cells)
    }
    return [
        ([operation for operation, mine in methods_of.items() if mine == methods], list(methods))
        for methods in dict.fromkeys(methods_of.values())
    ]


def _histories(cells: Iterable[JudgedCell]) -> dict[tuple[str, ...], list[tuple[str, Verdicts]]]:
    """Of each kind of cell, the verdicts by version. Cells that did not run say nothing, nor does a kind of build of another."""
    seen: dict[tuple[str, ...], dict[str, set[Verdict]]] = {}
    for cell in cells:
        if cell.judgement.verdict in RAN:
            seen.setdefault(_kind(cell), {}).setdefault(cell.python, set()).update(cell.outcomes)
    return {
        kind: [(python, frozenset(by_python[python])) for python in sorted(by_python, key=release_of)]
        for kind, by_python in seen.items()
    }


def _kind(cell: JudgedCell) -> tuple[str, ...]:
    """A cell without its version and repetition, but with its kind of build."""
    return (cell.scenario, cell.pool, cell.operation, cell.start_method, build_of(cell.python))


def _short(version: str, neighbour: str) -> str:
    """The feature release with its kind of build, unless the neighbour is of the same one."""
    feature = ".".join(version.split(".")[:2])
    same = neighbour.split(".")[:2] == version.split(".")[:2]
    return version if same else feature + build_of(version)


def _where(group: Sequence[JudgedCell], cells: Sequence[JudgedCell]) -> str:
    operations = ", ".join(distinct(cell.operation for cell in group))
    methods = ", ".join(filter(None, distinct(cell.start_method for cell in group)))
    pythons = span(ordered(group, "python"), ordered(cells, "python"), "python")
    return "; ".join(filter(None, [operations, methods, f"Python {pythons}"]))


def _count(group: Sequence[JudgedCell], cells: Sequence[JudgedCell]) -> str:
    """How many cells, and of how many where some repetitions did what was known."""
    kinds = {(*_kind(cell), cell.python) for cell in group}
    all_of_them = sum((*_kind(cell), cell.python) in kinds for cell in cells)
    share = f"{len(group)} of {all_of_them}" if all_of_them > len(group) else f"{len(group)}"
    return f"{share} cell" + ("s" if all_of_them > 1 else "")


def _rank(words: str) -> int:
    """What broke comes first, then what was fixed, then the rest."""
    return 0 if words.startswith(BROKEN) else 1 if words.startswith(FIXED) else 2
