"""Expectations: which rule holds for a cell, and how rules are made from what runs have seen."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.plan import catalogue
from repro.verdicts import expectations
from repro.verdicts.expectations import Expectation, Seen, differs, expected, generate, rules
from repro.verdicts.judge import Verdict
from repro.versions import release_of

PYTHONS = ("3.8.18", "3.11.7", "3.13.0", "3.13.18", "3.14.10", "3.15.2")
METHODS = ("fork", "spawn")


def holds(found: list[Expectation], one: Seen) -> Expectation:
    """The first rule that covers a cell, as the lookup does it."""
    cell = (one.scenario, one.pool, one.operation, one.start_method, one.python)
    return next(rule for rule in found if rule.covers(*cell))


SEEN = st.lists(
    st.builds(
        Seen,
        scenario=st.sampled_from(["ok", "sigkill"]),
        pool=st.sampled_from(["Pool", "Executor"]),
        operation=st.sampled_from(["map", "submit"]),
        start_method=st.sampled_from(METHODS),
        python=st.sampled_from(PYTHONS),
        verdict=st.sampled_from([Verdict.COMPLETED, Verdict.RAISED, Verdict.HANG, Verdict.INCONCLUSIVE]),
    ),
    max_size=60,
)


@given(SEEN)
def test_rules_expect_exactly_what_was_seen(seen: list[Seen]) -> None:
    """Whatever was seen: the rule of a cell holds the verdicts that were seen there, and none of them is news."""
    found = generate(seen)
    for one in seen:
        if one.verdict is Verdict.INCONCLUSIVE:
            continue
        assert one.verdict in holds(found, one).verdicts
        assert not differs(one.verdict, holds(found, one))


@given(SEEN)
def test_rules_do_not_depend_on_the_order_of_the_runs(seen: list[Seen]) -> None:
    """The same cells in another order make rules that expect the same of every cell."""
    forward, backward = generate(seen), generate(list(reversed(seen)))
    for one in seen:
        if one.verdict is not Verdict.INCONCLUSIVE:
            assert holds(forward, one).verdicts == holds(backward, one).verdicts


def test_a_fix_splits_the_versions() -> None:
    """gh-115634: a hang up to 3.13.0, none from 3.13.18 on; a version between them belongs to the older side."""
    seen = [
        Seen(
            "max-tasks",
            "Executor",
            "submit",
            "spawn",
            python,
            Verdict.HANG if python < "3.13.18" else Verdict.COMPLETED,
        )
        for python in PYTHONS[1:]
    ]
    found = generate(seen)
    assert len(found) == 2
    between = Seen("max-tasks", "Executor", "submit", "spawn", "3.13.5", Verdict.HANG)
    assert holds(found, between).verdicts == (Verdict.HANG,)
    assert holds(found, Seen("max-tasks", "Executor", "submit", "spawn", "3.16.0", Verdict.HANG)).verdicts == (
        Verdict.COMPLETED,
    )


def test_a_start_method_that_matters_splits_the_rules() -> None:
    """What hangs with fork only, is expected with fork only, in one rule for each start method."""
    seen = [
        Seen(
            "fork-with-lock", "Pool", operation, method, python, Verdict.HANG if method == "fork" else Verdict.COMPLETED
        )
        for operation, method, python in itertools.product(("map", "imap"), METHODS, PYTHONS)
    ]
    assert [(rule.start_method, rule.operation, rule.verdicts) for rule in generate(seen)] == [
        ("fork", "*", (Verdict.HANG,)),
        ("spawn", "*", (Verdict.COMPLETED,)),
    ]


def test_nothing_is_known_of_what_was_not_measured() -> None:
    """A pool that was run with fork on 3.13 only: nothing is known with spawn, nor on older Pythons; newer ones should do the
    same. The others of the same runs are not narrowed by it."""
    seen = [
        Seen("sigkill", "Pool", "map", method, python, Verdict.HANG)
        for method, python in itertools.product(METHODS, PYTHONS)
    ]
    seen.append(Seen("sigkill", "Rival", "submit", "fork", "3.13.0", Verdict.RAISED))
    seen.append(Seen("sigkill", "Actors", "submit", "", "3.13.0", Verdict.RAISED))
    assert [(rule.pool, rule.start_method, rule.since, rule.verdicts) for rule in generate(seen)] == [
        ("Pool", "*", "", (Verdict.HANG,)),
        ("Rival", "fork", "3.13.0", (Verdict.RAISED,)),
        ("Actors", "*", "3.13.0", (Verdict.RAISED,)),
    ]


@pytest.mark.parametrize("name", ["*", "sig[k]ill", "sigkil?", "["])
def test_a_name_that_would_be_a_glob_is_known_by_that_name_alone(name: str) -> None:
    """Of a record that was shared: its rule covers its own cells, not those of others; and a new run replaces it."""
    seen = [
        Seen(name, name, name, name, "3.13.0", Verdict.HANG),
        Seen(name, name, "map", "fork", "3.13.0", Verdict.LOST),
        Seen("sigkill", "Pool", "map", "fork", "3.13.0", Verdict.RAISED),
        Seen(f"{name}, all", "Pool", "map", "fork", "3.13.0", Verdict.COMPLETED),
    ]
    found = generate(seen)
    for one in seen:
        assert holds(found, one).verdicts == (one.verdict,)
    assert [rule.verdicts for rule in found if rule.covers("sigkill", "Pool", "map", "fork", "3.13.0")] == [
        (Verdict.RAISED,)
    ]
    again = [Seen(name, name, "map", "fork", "3.13.0", Verdict.RAISED)]
    new = expectations.kept(found, generate(again), again)
    assert holds(new, again[0]).verdicts == (Verdict.RAISED,)


def test_some_of_several_start_methods() -> None:
    """A pool that was run with fork and spawn, the latter on 3.13 only, beside one with all three: nothing is known of the third,
    nor of spawn before."""
    seen = [
        Seen("sigkill", "Pool", "map", method, python, Verdict.HANG)
        for method, python in itertools.product(("fork", "spawn", "forkserver"), PYTHONS)
    ]
    seen += [Seen("sigkill", "Rival", "submit", "fork", python, Verdict.RAISED) for python in PYTHONS]
    seen.append(Seen("sigkill", "Rival", "submit", "spawn", "3.13.0", Verdict.RAISED))
    assert [(rule.pool, rule.start_method, rule.since) for rule in generate(seen)] == [
        ("Pool", "*", ""),
        ("Rival", "fork", ""),
        ("Rival", "spawn", "3.13.0"),
    ]


def test_an_intermittent_cell_expects_every_verdict_that_was_seen() -> None:
    """Two runs of one cell that differ make one rule with both."""
    seen = [Seen("x", "Pool", "map", "fork", "3.11.7", verdict) for verdict in (Verdict.HANG, Verdict.RAISED)]
    assert [rule.verdicts for rule in generate(seen)] == [(Verdict.HANG, Verdict.RAISED)]


def test_the_packages_rules_know_every_scenario() -> None:
    """Each scenario of the catalogue is known for the three pools that a bare run compares, where they support it."""
    unknown = [
        (scenario, pool.name)
        for scenario, pool in itertools.product(catalogue.scenarios(), catalogue.default_pools())
        if not any(rule.scenario in ("*", scenario) and rule.pool in ("*", pool.name) for rule in rules())
        and set(catalogue.scenarios()[scenario].scenario.needs) <= set(pool.adapter.has)
    ]
    assert unknown == []


def test_safepool_is_never_expected_to_hang_or_to_lose() -> None:
    """No rule excuses safepool: what is killed with its parent, or by Ctrl-C, is the parent's end, not the pool's."""
    bad = {Verdict.HANG, Verdict.LIVELOCK, Verdict.LOST, Verdict.PARENT_EXIT}
    excused = {"ctrl-c", "parent-killed"}
    assert [
        rule
        for rule in rules()
        if rule.pool == "safepool" and bad & set(rule.verdicts) and rule.scenario not in excused
    ] == []


def test_the_case_it_began_with() -> None:
    """sys.exit(1) in a task: Pool hangs, and the executor lets it end the parent."""
    pool = expected("sys-exit", "multiprocessing.Pool", "map", "fork", "3.11.7")
    executor = expected("sys-exit", "concurrent.futures.ProcessPoolExecutor", "submit", "fork", "3.11.7")
    assert pool is not None and pool.verdicts == (Verdict.HANG,)
    assert executor is not None and executor.verdicts == (Verdict.PARENT_EXIT,)


def test_what_is_known_to_be_intermittent_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that shows one of a cell's known verdicts does not make it certain; a cell with one verdict is taken as it is."""
    rules = (
        expectations.Expectation((Verdict.HANG, Verdict.COMPLETED), "sometimes", "pool"),
        expectations.Expectation((Verdict.HANG,), "always", "pool"),
    )
    monkeypatch.setattr(expectations, "rules", lambda: rules)
    seen = [
        expectations.Seen(scenario, "pool", "map", "fork", "3.13.0", Verdict.RAISED)
        for scenario in ("sometimes", "always")
    ]
    found = expectations.generate(seen + expectations.still_intermittent(seen))
    assert {rule.scenario: set(rule.verdicts) for rule in found} == {
        "sometimes": {Verdict.RAISED, Verdict.HANG, Verdict.COMPLETED},
        "always": {Verdict.RAISED},
    }


def test_what_no_run_had_stays_known() -> None:
    """A new run of one pool replaces its rules, and no other's; a rule about any pool covers nobody who has a rule of his own."""
    old = generate(
        [
            Seen("sigkill", "Pool", "map", "fork", "3.13.0", Verdict.HANG),
            Seen("sigkill", "Rival", "submit", "fork", "3.13.0", Verdict.RAISED),
            Seen("ok", "Pool", "map", "fork", "3.13.0", Verdict.COMPLETED),
            Seen("oom", "Rival", "submit", "fork", "3.13.0", Verdict.LOST),
            Seen("oom", "Pool", "map", "fork", "3.13.0", Verdict.HANG),
        ]
    )
    seen = [
        Seen("sigkill", "Pool", "map", "fork", "3.13.0", Verdict.RAISED),
        Seen("oom", "Pool", "map", "fork", "3.13.0", Verdict.COMPLETED),
    ]
    found = expectations.kept(old, generate(seen), seen)
    cells = {
        ("sigkill", "Pool"): Verdict.RAISED,
        ("sigkill", "Rival"): Verdict.RAISED,
        ("ok", "Pool"): Verdict.COMPLETED,
        ("oom", "Pool"): Verdict.COMPLETED,
        ("oom", "Rival"): Verdict.LOST,
    }
    for (scenario, pool), verdict in cells.items():
        assert holds(found, Seen(scenario, pool, "map", "fork", "3.13.0", verdict)).verdicts == (verdict,)
    assert [rule.scenario for rule in found] == sorted(
        (rule.scenario for rule in found), key=["sigkill", "ok", "oom"].index
    )


def test_a_part_that_was_run_from_a_later_version_on() -> None:
    """fork since 3.8 and spawn since 3.13, all the same: nothing is known of spawn before."""
    seen = [Seen("sigkill", "Pool", "map", "fork", python, Verdict.HANG) for python in PYTHONS]
    seen += [Seen("sigkill", "Pool", "map", "spawn", python, Verdict.HANG) for python in PYTHONS[2:]]
    assert [(rule.start_method, rule.since) for rule in generate(seen)] == [("fork", ""), ("spawn", "3.13.0")]


@pytest.mark.parametrize(
    ("method", "python", "verdict"),
    [("fork", "3.15.2", Verdict.RAISED), ("spawn", "3.8.18", Verdict.LOST), ("forkserver", "3.11.7", Verdict.HANG)],
)
def test_a_small_run_speaks_for_itself(
    monkeypatch: pytest.MonkeyPatch, method: str, python: str, verdict: Verdict
) -> None:
    """One cell of a scenario was run again: that one is known as it came out, and every other as before."""
    methods = ("fork", "spawn", "forkserver")
    before = {
        (one, version): Verdict.HANG if one == "fork" and version < "3.14" else Verdict.RAISED
        for one, version in itertools.product(methods, ("3.8.18", "3.11.7", "3.14.10", "3.15.2"))
    }
    cells = [Seen("sigkill", "Pool", "map", *where, known) for where, known in before.items()]
    old = generate(cells)
    monkeypatch.setattr(expectations, "rules", lambda: tuple(old))
    monkeypatch.setattr(expectations, "measured", lambda: sorted({one.python for one in cells}, key=release_of))
    seen = [Seen("sigkill", "Pool", "map", method, python, verdict)]
    seen += expectations.not_run(seen)
    found = expectations.kept(old, generate(seen), seen)
    for where, known in {**before, (method, python): verdict}.items():
        assert holds(found, Seen("sigkill", "Pool", "map", *where, known)).verdicts == (known,)
