"""`repro bench --against`: what rounds say, and what is measured again."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from repro.bench import against, measure, report
from repro.bench.against import FASTER, FEWEST, LOST, NOISE, SAME, SLOWER, Row, needed
from repro.bench.catalogue import OURS, SAFE_EXECUTOR, SAFE_POOL, Benchmark
from repro.bench.measure import Ended, Measuring, Plan, Series
from repro.bench.packages import Package, Side
from repro.cli import main
from repro.errors import AS_EXPECTED, DIFFERS, NOTHING_RAN
from repro.report.formats import Style

ROOT = Path(__file__).resolve().parents[3]

SPEED = Benchmark("map", "map", "tasks/s", True, "best")
DURATION = Benchmark("death", "death", "ms", False, "median")
MEMORY = Benchmark("memory", "memory", "MB", False, "best", resolution=1.0)


def row(benchmark: Benchmark, this: list[float], other: list[float]) -> Row:
    """One sample in each round."""
    mine, its = (Series(benchmark, SAFE_POOL, "fork", side=side) for side in ("this", "other"))
    mine.rounds, its.rounds = [[value] for value in this], [[value] for value in other]
    return Row(mine, its)


def ten(*ratios: float) -> Row:
    """Ten rounds in which this side's speed is so many times the other's; the given ones, again and again."""
    return row(SPEED, [(ratios * 10)[number] for number in range(10)], [1.0] * 10)


# What rounds say


def test_a_ratio_over_one_is_better_whatever_the_unit() -> None:
    """More tasks per second, and fewer milliseconds."""
    assert row(SPEED, [200.0], [100.0]).ratio == 2.0
    assert row(DURATION, [200.0], [100.0]).ratio == 0.5


def test_a_ratio_is_of_rounds_not_of_all_samples() -> None:
    """A machine that gets ten times slower half-way changes nothing: what one side met, the other met in the same round."""
    compared = row(SPEED, [110.0, 11.0, 11.0], [100.0, 10.0, 10.0])
    assert compared.ratios == pytest.approx([1.1, 1.1, 1.1])
    assert compared.ratio == pytest.approx(1.1)


def test_a_round_has_the_value_that_its_benchmark_gives_it() -> None:
    """The best of a round's samples for speed, their median for a duration."""
    compared = row(SPEED, [], [])
    compared.this.rounds, compared.other.rounds = [[1.0, 5.0, 2.0]], [[10.0, 1.0, 1.0]]
    assert compared.values == [(5.0, 10.0)]


def test_a_round_that_one_side_did_not_come_to_is_left_out() -> None:
    """As after Ctrl-C."""
    assert row(SPEED, [2.0, 2.0], [1.0]).ratios == [2.0]


def test_nothing_is_not_infinitely_better_than_next_to_nothing() -> None:
    """Below the resolution, all are the same."""
    assert row(MEMORY, [0.0, 0.3, 0.0], [0.4, 0.0, 0.0]).ratios == [1.0, 1.0, 1.0]
    assert row(MEMORY, [4.0], [0.0]).ratio == 0.25


@pytest.mark.parametrize(("rounds", "agreeing"), [(5, 6), (6, 6), (8, 8), (10, 9), (20, 16), (100, 61)])
def test_so_many_rounds_must_agree(rounds: int, agreeing: int) -> None:
    """The tail of the binomial distribution at 2 %: of five rounds, all are not enough."""
    assert needed(rounds) == agreeing
    assert FEWEST == 6


@pytest.mark.parametrize(
    ("compared", "verdict"),
    [
        (ten(0.9), SLOWER),
        (ten(1.2), FASTER),
        (ten(1.0), SAME),
        (ten(0.99, 1.01), SAME),
        (ten(0.98), SAME),  # slower in every round, and by less than the limit
        (ten(0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 1.1), SLOWER),  # 9 of 10
        (ten(0.9, 0.9, 0.9, 0.9, 1.1), NOISE),  # 8 of 10, by 10 % in the median
        (ten(0.8, 1.25), NOISE),
        (row(SPEED, [0.5] * 5, [1.0] * 5), NOISE),  # half as fast, in too few rounds
        (row(SPEED, [], []), ""),
    ],
)
def test_what_rounds_say(compared: Row, verdict: str) -> None:
    """Slower or faster: beyond the limit in the median, and so many rounds agree that it is no chance."""
    assert compared.verdict(3.0) == verdict


def test_the_limit_is_given() -> None:
    """What is slower at 3 % is the same at 10 %."""
    assert (ten(0.95).verdict(3.0), ten(0.95).verdict(10.0)) == (SLOWER, SAME)


def test_what_only_the_other_side_can_is_lost() -> None:
    """Not left out: a pool that fails here, or says it can't, is worse than a slow one."""
    compared = ten(1.0)
    compared.this.problem = "unsupported: has no imap"
    assert compared.verdict(3.0) == LOST


def test_rows_that_neither_side_can_are_left_out() -> None:
    """And those that one side can, are not."""
    one, none = ten(1.0), row(DURATION, [], [])
    one.other.problem = none.this.problem = none.other.problem = "unsupported: has no imap"
    assert against.rows([one.this, one.other, none.this, none.other]) == [one]


def test_one_sentence_says_it_all() -> None:
    """How many by the median, at the limit and at 5 %; then what the rounds agree on, by name."""
    text = against.sentence([ten(0.96), ten(0.9), ten(1.0), ten(0.8, 1.25)], 3.0)
    assert "Of 4 rows, by the median, 2 more than 3 % and 1 more than 5 % slower" in text
    assert "slower: map with safepool.Pool (fork), map with safepool.Pool (fork)" in text
    assert "the same: 1" in text and "within noise: 1" in text
    assert "none slower, none faster" in against.sentence([ten(1.0)], 3.0)
    assert "Fewer than 6 rounds" in against.sentence([row(SPEED, [1.0], [1.0])], 3.0)


SIDES = [Side(name, Path("/", name), Package(Path("/"), f"commit-{name}", "1.0")) for name in ("this", "other")]


def recorded(*compared: Row) -> Measuring:
    """A run that has been."""
    plan = Plan([SPEED, DURATION], OURS, ["fork"], 10, 2, 1.0, 1.0, sys.executable)
    measuring = Measuring(plan, lambda series, number: None)
    measuring.series = [series for one in compared for series in (one.this, one.other)]
    return measuring


def test_the_table_has_both_sides_and_the_ratio() -> None:
    """And says which way it is to be read; what failed is named below."""
    failed = row(DURATION, [], [])
    failed.this.problem = "failed (exit status 1): oops"
    text = report.table_against(recorded(ten(0.9), failed), SIDES, 3.0, Style(width=200))
    assert "This: commit-this (safepool 1.0), other: commit-other (safepool 1.0)" in text
    assert "Over 1, this is the better side" in text
    first = next(line for line in text.splitlines() if line.startswith("map"))
    assert first.split()[2:] == ["safepool.Pool", "0.90", "1.00", "0.900", "0.900", "to", "0.900", "slower"]
    assert "death, safepool.Pool, fork: failed (exit status 1): oops" in text


def test_readers_of_the_first_schema_find_what_they_knew() -> None:
    """`series` is this checkout's alone; the other side and the rows are under `against`."""
    found = json.loads(report.as_json(recorded(ten(0.9)), SIDES, 3.0))
    assert found["schema"] == 2
    assert [series["rounds"][0] for series in found["series"]] == [[0.9]]
    assert found["against"]["other"] == {"origin": "commit-other", "safepool": "1.0"}
    assert [series["rounds"][0] for series in found["against"]["series"]] == [[1.0]]
    assert found["against"]["rows"][0]["verdict"] == SLOWER
    assert "against" not in json.loads(report.as_json(recorded(ten(0.9)), SIDES[:1], 3.0))


def test_sides_begin_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A B, B A, ...; the discarded round is none of them."""
    order: list[tuple[int, str]] = []
    monkeypatch.setattr(Measuring, "_run_program", lambda *_: Ended(0, False, {"samples": [1.0]}, ""))
    monkeypatch.setattr(Side, "refusal", lambda *_: "")
    plan = Plan([SPEED], [SAFE_POOL], ["fork"], 4, 2, 1.0, 1.0, sys.executable)
    measuring = Measuring(plan, lambda series, number: order.append((number, series.side)))
    measuring.run(SIDES)
    assert [side for number, side in order if number != measure.WARM_UP] == ["this", "other", "other", "this"] * 2
    assert [len(series.rounds) for series in measuring.series] == [4, 4]


@pytest.mark.parametrize(("later", "status"), [(0.9, DIFFERS), (1.1, AS_EXPECTED)])
def test_what_looks_slower_is_measured_again(
    later: float, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As many rounds, of that row alone; it is slower if it still looks so over all of them."""
    measured: list[str] = []

    def program(_self: Measuring, command: list[str], side: Side, _folder: Path) -> Ended:
        benchmark = command[command.index("--benchmark") + 1]
        measured.append(benchmark)
        slow = benchmark == "submit" and side.name == "this"
        return Ended(0, False, {"samples": [(0.9 if measured.count("submit") <= 22 else later) if slow else 1.0]}, "")

    monkeypatch.setattr(Measuring, "_run_program", program)
    monkeypatch.setattr(Side, "refusal", lambda *_: "")
    options = ["--benchmark", "submit", "--benchmark", "map", "--pool", SAFE_POOL]
    assert main(["bench", "--against", str(ROOT), *options]) == status
    assert (measured.count("submit"), measured.count("map")) == (2 + 40, 2 + 20)
    text = capsys.readouterr().out
    assert "10 rounds in turns, and as many again of what looked different." in text
    assert ("slower: submit with safepool.Pool" in text) == (status == DIFFERS)


def test_a_pool_that_can_do_nothing_of_it_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is slower where nothing was compared: that is no answer."""
    options = ["--benchmark", "map", "--pool", SAFE_EXECUTOR, "--rounds", "1", "--scale", "0.01"]
    assert main(["bench", "--against", str(ROOT), *options]) == NOTHING_RAN
    assert "nothing was compared" in capsys.readouterr().err
    assert main(["bench", *options]) == NOTHING_RAN
    assert "nothing was measured: map, safepool.ProcessPoolExecutor, fork: unsupported" in capsys.readouterr().err
