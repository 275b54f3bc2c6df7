"""What a run was to have: kept in its header, and held against what it has."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repro.records.planned import Key, cut_short, is_cut_short, missing, plan_of, planned
from repro.records.results import Record, Run
from tests.repro.lab import steady

NAMES = st.sampled_from(["a", "b", "c"])
CELLS = st.lists(st.tuples(NAMES, NAMES, NAMES, NAMES, NAMES), max_size=8)


def header_of(keys: list[Key], repeat: int) -> Record:
    return {"plan": plan_of(keys), "planned": len(keys), "repeat": repeat}


def record(key: Key) -> Record:
    return dict(zip(("scenario", "pool", "operation", "start_method", "python", "repetition"), key, strict=True))


@steady
@given(CELLS, st.integers(1, 3), st.data())
def test_what_was_not_run_is_missing(
    cells: list[tuple[str, str, str, str, str]], repeat: int, data: st.DataObject
) -> None:
    """Whichever cells a run has, the others of its plan are missing, each as often as it is; and only then it is cut short."""
    keys = [(*one, number) for one in cells for number in range(1, repeat + 1)]
    header = header_of(keys, repeat)
    assert sorted(planned(header)) == sorted(keys)
    shuffled = data.draw(st.permutations(keys))
    there = data.draw(st.integers(0, len(keys)))
    run = Run(header, list(map(record, shuffled[:there])), None)
    assert sorted(missing(run)) == sorted(shuffled[there:])
    assert is_cut_short(run) == (there < len(keys)) == (cut_short(run) is not None)


def test_the_sentence_says_what_is_missing() -> None:
    """Of which pools, and how to have it; of records that have no plan, that this is not known."""
    keys: list[Key] = [("ok", pool, "map", "fork", "3.12.1", number) for pool in ("Pool", "loky") for number in (1, 2)]
    run = Run(header_of(keys, 2), [record(keys[2])], None)
    assert cut_short(run) == (
        "This run was cut short: 1 of its 4 cells were run, and the others say nothing. Missing: 2 of 2 of Pool, 1 of 2 of loky. "
        "`repro run --resume RUN` runs them."
    )
    old = Run({"planned": 4, "repeat": 2}, [record(keys[2])], None, cut_line=True)
    assert cut_short(old) == (
        "This run was cut short: 1 of its 4 cells were run, and the others say nothing; its last line is cut, and that cell is "
        "lost. Which ones they are is not recorded."
    )


def test_what_is_filtered_out_is_not_missing() -> None:
    """A report of some cells of a run is not cut short for want of the others; where that can't be known, it is."""
    keys: list[Key] = [("ok", pool, "map", "fork", "3.12.1", 1) for pool in ("Pool", "loky", "pebble")]
    run = Run(header_of(keys, 1), [record(keys[1])], None)
    assert cut_short(run.only(lambda one: one["pool"] == "loky")) is None
    assert missing(run.only(lambda one: one["pool"] == "Pool")) == keys[:1]
    assert not run.only(lambda one: one["pool"] == "Pool").cells
    old = Run({"planned": 3, "repeat": 1}, [record(keys[1])], None)
    assert [is_cut_short(old.only(lambda one, pool=pool: one["pool"] == pool)) for pool in ("loky", "Pool")] == [
        True,
        True,
    ]
    whole = Run({"planned": 1, "repeat": 1}, [record(keys[1])], None)
    assert [is_cut_short(whole.only(lambda one, pool=pool: one["pool"] == pool)) for pool in ("loky", "Pool")] == [
        False,
        False,
    ]
