"""What is known of each cell before it runs: kept apart from the scenarios, in ``expectations.json``.

``repro expect`` makes the rules from stored runs, for the suite or for a project (``--expect``). A rule names what it is about
by globs (``scenario``, ``pool``, ``operation``, ``start_method``; what it does not name may be anything) and by a range of
Python versions, then the verdicts that are known: several where a cell is intermittent. The first rule that matches a cell
holds. References and notes stand in a file of their own (``notes``), and stay when the rules are made anew.
"""

from __future__ import annotations

import fnmatch
import functools
import glob
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from repro.subject.adapter import START_METHODS
from repro.verdicts.judge import Verdict
from repro.versions import FREE_THREADED, build_of, release_of

FILE = Path(__file__).with_name("expectations.json")

#: Verdicts that say something about a pool, and so make an expectation.
TELLING = (Verdict.COMPLETED, Verdict.RAISED, Verdict.HANG, Verdict.LIVELOCK, Verdict.LOST, Verdict.PARENT_EXIT)

#: What a caller can live with: the results, or an error in time.
GOOD = frozenset({Verdict.COMPLETED, Verdict.RAISED})


@dataclass(frozen=True)
class Expectation:
    """The verdicts that are known for some cells; several where a cell is intermittent.

    since, until: the first and the last Python version that were measured with these verdicts; "" for no bound.
    """

    verdicts: tuple[Verdict, ...]
    scenario: str = "*"
    pool: str = "*"
    operation: str = "*"
    start_method: str = "*"
    since: str = ""
    until: str = ""

    def covers(self, scenario: str, pool: str, operation: str, start_method: str, python: str) -> bool:
        """Whether the rule is about a cell. A version between two ranges belongs to the earlier one."""
        return (
            fnmatch.fnmatchcase(scenario, self.scenario)
            and fnmatch.fnmatchcase(pool, self.pool)
            and fnmatch.fnmatchcase(operation, self.operation)
            and fnmatch.fnmatchcase(start_method, self.start_method)
            and (not self.since or release_of(python) >= release_of(self.since))
        )

    @property
    def versions(self) -> str:
        """The range in words: ``3.9.18 to 3.11.2``, ``from 3.14.10``; "" for all."""
        if self.since and self.until:
            return self.since if self.since == self.until else f"{self.since} to {self.until}"
        return f"from {self.since}" if self.since else f"up to {self.until}" if self.until else ""

    def to_rule(self) -> dict[str, Any]:
        """As it stands in the file: without what says nothing."""
        named = {name: getattr(self, name) for name in _NAMED if getattr(self, name) not in ("*", "")}
        return {**named, "verdicts": [str(verdict) for verdict in self.verdicts]}


def expected(
    scenario: str, pool: str, operation: str, start_method: str, python: str, own: Sequence[Expectation] = ()
) -> Expectation | None:
    """The expectation of a cell, or None where nothing is known. python: the full version. own: a project's own rules, which hold
    before those of the suite.

    What the suite knows was measured with CPython's default builds. It is expected of free-threaded ones, too; of PyPy it is not.
    """
    cell = (scenario, pool, operation, start_method, python)
    mine = next((rule for rule in own if rule.covers(*cell)), None)
    if mine is not None or build_of(python) not in ("", FREE_THREADED):
        return mine
    return next((rule for rule in _rules_of(scenario) if rule.covers(*cell)), None)


def _rules_of(scenario: str) -> list[Expectation]:
    """Those of the rules that may be about a scenario, kept: a run of everything asks for thousands of cells."""
    known = rules()
    if _found.rules is not known:
        _found.rules, _found.by_scenario = known, {}
    mine = _found.by_scenario.get(scenario)
    if mine is None:
        mine = [rule for rule in known if fnmatch.fnmatchcase(scenario, rule.scenario)]
        _found.by_scenario[scenario] = mine
    return mine


@dataclass
class _Found:
    """What was found among the rules, by scenario; good as long as the rules are the same."""

    rules: tuple[Expectation, ...] = ()
    by_scenario: dict[str, list[Expectation]] = field(default_factory=dict)


_found = _Found()


def differs(verdict: Verdict, expectation: Expectation | None) -> bool:
    """Whether a verdict is news. Cells that could not be run, or whose fault left no evidence, say nothing either way; where
    nothing is known, that all is well is no news, and a hang is."""
    if verdict not in TELLING:
        return False
    return verdict not in (GOOD if expectation is None else expectation.verdicts)


def parse(document: Any) -> list[Expectation]:
    """The rules of a document, which is what its JSON says; entries that are no rules but say what was measured are left out.

    Raises ValueError, which names the rule and what is wrong with it.
    """
    if not isinstance(document, list):
        raise ValueError("not a list of rules")
    found = []
    for number, entry in enumerate(document, 1):
        if isinstance(entry, dict) and "verdicts" not in entry and "measured" in entry:
            continue
        if not isinstance(entry, dict) or not isinstance(entry.get("verdicts"), list):
            raise ValueError(f"rule {number} has no list of verdicts")
        names = [name for name in _NAMED if name in entry]
        strange = sorted(entry.keys() - {*names, "verdicts"})
        if strange:
            raise ValueError(f"rule {number} has {strange[0]!r}; a rule may have {', '.join(_NAMED)} and verdicts")
        for name in names:
            if not isinstance(entry[name], str):
                raise ValueError(f"rule {number}: {name} is {entry[name]!r}, not a text")
        for verdict in entry["verdicts"]:
            if verdict not in list(Verdict):
                raise ValueError(f"rule {number}: no verdict {verdict!r}; there are: {', '.join(Verdict)}")
        found.append(Expectation(**{**entry, "verdicts": tuple(map(Verdict, entry["verdicts"]))}))
    return found


#: What a rule may name besides its verdicts.
_NAMED = ("scenario", "pool", "operation", "start_method", "since", "until")


@functools.cache
def rules() -> tuple[Expectation, ...]:
    """The rules. Of one kind of cell, those for newer Pythons come first."""
    return tuple(parse(_entries()))


def about(scenario: str, pool: str) -> list[Expectation]:
    """The rules about a scenario in a pool, as they come into question: none behind one that covers all of its cells."""
    found = []
    for rule in rules():
        if fnmatch.fnmatchcase(scenario, rule.scenario) and fnmatch.fnmatchcase(pool, rule.pool):
            found.append(rule)
            if (rule.operation, rule.start_method, rule.since) == ("*", "*", ""):
                break
    return found


@functools.cache
def newest_measured() -> str | None:
    """The newest Python version behind the rules, or None where the file does not say."""
    return max(measured(), key=release_of, default=None)


def measured() -> list[str]:
    """The Python versions behind the rules."""
    return [version for entry in _entries() for version in entry.get("measured", ())]


def _entries() -> list[dict[str, Any]]:
    """The file's: rules, and one that names the versions which were measured."""
    return list(json.loads(FILE.read_text("utf-8")))


@dataclass(frozen=True)
class Seen:
    """One cell's verdict, as a run recorded it: by its names, which are no globs."""

    scenario: str
    pool: str
    operation: str
    start_method: str
    python: str
    verdict: Verdict


def still_intermittent(seen: Sequence[Seen]) -> list[Seen]:
    """The verdicts of those cells that are known to be intermittent: that a few runs show one of them proves nothing."""
    found = []
    for one in seen:
        known = expected(one.scenario, one.pool, one.operation, one.start_method, one.python)
        if known is not None and len(known.verdicts) > 1 and one.verdict in TELLING:
            found += [replace(one, verdict=verdict) for verdict in known.verdicts]
    return found


def not_run(seen: Sequence[Seen]) -> list[Seen]:
    """What is known of the scenarios and pools of some runs with start methods and versions that none of them had: it stays
    known, or a run of one version would speak for all."""
    here = {(one.scenario, one.pool, one.operation, one.start_method, one.python) for one in seen}
    found = []
    for scenario, pool in dict.fromkeys((one.scenario, one.pool) for one in seen if one.verdict in TELLING):
        old = [rule for rule in rules() if (rule.scenario, rule.pool) == (glob.escape(scenario), glob.escape(pool))]
        mine = [one for one in seen if (one.scenario, one.pool) == (scenario, pool)]
        operations = {one.operation for one in mine} | {rule.operation for rule in old} - {"*"}
        named = {one.start_method for one in mine} | {rule.start_method for rule in old} - {"*"}
        methods = named if named == {""} or all(rule.start_method != "*" for rule in old) else {*named, *START_METHODS}
        for cell in itertools.product([scenario], [pool], sorted(operations), sorted(methods), measured()):
            rule = next((rule for rule in old if rule.covers(*cell)), None)
            if rule is not None and cell not in here:
                found += [Seen(*cell, verdict) for verdict in rule.verdicts]
    return found


def generate(seen: Sequence[Seen]) -> list[Expectation]:
    """The fewest rules that say what was seen: those of one scenario and pool together, and split by operation, start method
    or version only where the verdicts differ; without a pool where every pool completed. A pure function.

    Nothing is said of what was not measured: a pool that was run with some of its scenario's start methods is known with those
    only, and what was not run with the oldest Python, from the oldest on that it was run with.
    """
    cells: dict[tuple[str, str], list[Seen]] = {}
    for one in seen:
        if one.verdict in TELLING:
            cells.setdefault((one.scenario, one.pool), []).append(one)
    found: list[Expectation] = []
    harmful = {one.scenario for one in seen if one.verdict in TELLING and one.verdict is not Verdict.COMPLETED}
    telling = [one for one in seen if one.verdict in TELLING]
    oldest = min((release_of(one.python) for one in telling), default=())
    for (scenario, pool), group in cells.items():
        if scenario in harmful:
            mine = {one.start_method for one in group}
            if mine < {one.start_method for one in telling if one.scenario == scenario} - {""}:
                for method in sorted(mine):
                    part = [one for one in group if one.start_method == method]
                    found += _split(scenario, pool, part, oldest, ("operation",), start_method=method)
            else:
                found += _split(scenario, pool, group, oldest, ("operation", "start_method"))
        elif not any(rule.scenario == glob.escape(scenario) for rule in found):
            found.append(
                Expectation((Verdict.COMPLETED,), glob.escape(scenario))
            )  # what every pool can do is expected of any
    return found


def kept(old: Sequence[Expectation], found: Sequence[Expectation], seen: Sequence[Seen]) -> list[Expectation]:
    """The new rules with the old ones of what no run had: pools and scenarios that were not run stay known as they were.

    old: the rules until now. found: those made from ``seen``. In the order of the old rules' scenarios; of one scenario, those
    that name a pool come before those that are about any, since the first that covers a cell holds. A pure function.
    """
    measured = {(glob.escape(one.scenario), glob.escape(one.pool)) for one in seen if one.verdict in TELLING}
    named = [rule for rule in old if rule.pool != "*" and (rule.scenario, rule.pool) not in measured]
    about_any = {rule.scenario for rule in found if rule.pool == "*"}
    rest = [rule for rule in old if rule.pool == "*" and rule.scenario not in about_any]
    order = list(dict.fromkeys(rule.scenario for rule in (*old, *found)))
    everything = [*(rule for rule in found if rule.pool != "*"), *named]
    everything += [*(rule for rule in found if rule.pool == "*"), *rest]
    return sorted(everything, key=lambda rule: order.index(rule.scenario))


def _split(
    scenario: str,
    pool: str,
    group: Sequence[Seen],
    oldest: tuple[int, ...],
    dimensions: Sequence[str],
    **fixed: str,
) -> list[Expectation]:
    """Rules for a group of cells: one range of versions after another where that says it all, else split by a dimension.

    oldest: the release from which on all that was run was measured.
    """
    if not dimensions or _is_uniform(group, dimensions):
        return _ranges(scenario, pool, group, oldest, **fixed)
    # by the dimension that explains more: the one after which fewer groups are still mixed
    best = min(dimensions, key=lambda name: _mixed(group, name, [other for other in dimensions if other != name]))
    rest = [name for name in dimensions if name != best]
    found = []
    for value in sorted({getattr(one, best) for one in group}):
        part = [one for one in group if getattr(one, best) == value]
        found += _split(scenario, pool, part, oldest, rest, **fixed, **{best: value})
    return found


def _is_uniform(group: Sequence[Seen], dimensions: Sequence[str]) -> bool:
    """Whether, for each version, the verdicts are the same whatever the dimensions' values; and all were run from the same
    version on, so that one rule claims nothing of what was not measured."""
    first: dict[tuple[str, ...], tuple[int, ...]] = {}
    for one in group:
        values = tuple(getattr(one, name) for name in dimensions)
        first[values] = min(release_of(one.python), first.get(values, release_of(one.python)))
    if len(set(first.values())) > 1:
        return False
    for python in {one.python for one in group}:
        by_values: dict[tuple[str, ...], set[Verdict]] = {}
        for one in group:
            if one.python == python:
                by_values.setdefault(tuple(getattr(one, name) for name in dimensions), set()).add(one.verdict)
        if len({frozenset(verdicts) for verdicts in by_values.values()}) > 1:
            return False
    return True


def _mixed(group: Sequence[Seen], dimension: str, rest: Sequence[str]) -> int:
    parts = [
        [one for one in group if getattr(one, dimension) == value]
        for value in {getattr(one, dimension) for one in group}
    ]
    return sum(not _is_uniform(part, rest) for part in parts)


def _ranges(
    scenario: str, pool: str, group: Sequence[Seen], oldest: tuple[int, ...], **fixed: str
) -> list[Expectation]:
    """A rule for each run of versions with the same verdicts, the newest first; no bound on a side where none was seen."""
    by_version = {
        python: frozenset(one.verdict for one in group if one.python == python)
        for python in sorted({one.python for one in group}, key=release_of)
    }
    runs: list[tuple[frozenset[Verdict], list[str]]] = []
    for python, verdicts in by_version.items():
        if runs and runs[-1][0] == verdicts:
            runs[-1][1].append(python)
        else:
            runs.append((verdicts, [python]))
    return [
        Expectation(
            tuple(sorted(verdicts)),
            glob.escape(scenario),
            glob.escape(pool),
            since=pythons[0] if number or release_of(pythons[0]) > oldest else "",
            until=pythons[-1] if number < len(runs) - 1 else "",
            **{name: glob.escape(value) for name, value in fixed.items()},
        )
        for number, (verdicts, pythons) in reversed(list(enumerate(runs)))
    ]


def as_text(found: Sequence[Expectation], measured: Sequence[str]) -> str:
    """The content of the file with these rules. measured: the Python versions behind them."""
    entries = [{"measured": sorted(set(measured), key=release_of)}, *(rule.to_rule() for rule in found)]
    lines = ",\n".join("  " + json.dumps(entry) for entry in entries)
    return f"[\n{lines}\n]\n"
