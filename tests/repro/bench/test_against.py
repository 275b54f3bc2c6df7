"""`repro bench --against`: what rounds say, which safepool is measured, and one small comparison that is made for real."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from repro.bench import against, measure, packages, report
from repro.bench.against import FASTER, FEWEST, LOST, NOISE, SAME, SLOWER, Row, needed
from repro.bench.catalogue import BENCHMARKS, EXECUTOR, OURS, SAFE_EXECUTOR, SAFE_POOL, Benchmark
from repro.bench.measure import Ended, Measuring, Plan, Series, take_answer
from repro.bench.packages import Package, Side, staged
from repro.cli import main
from repro.errors import INCONCLUSIVE, USAGE, UsageError

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
    text = report.table_against(recorded(ten(0.9), failed), SIDES, 3.0, "simple")
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


# Which safepool is measured


def test_figures_of_another_safepool_are_refused() -> None:
    """Another file, another version, another one in the worker, or none named: each is a failure, and no figure."""
    file = "/this/path/safepool/__init__.py"
    right = {"caller": file, "worker": file, "version": "1.0"}

    def problem(pool: str, said: object) -> str:
        series = Series(SPEED, pool, "fork")
        samples = take_answer(series, SIDES[0], Ended(0, False, {"samples": [1.0], "safepool": said}, ""), 1.0)
        assert bool(samples) != series.failed
        return series.problem

    assert problem(SAFE_POOL, right) == ""
    for wrong in ({"caller": "/usr/lib/safepool/__init__.py"}, {"worker": "/elsewhere"}, {"version": "0.9"}):
        assert "measured another safepool" in problem(SAFE_EXECUTOR, right | wrong)
    assert "it does not say which" in problem(SAFE_POOL, None)
    assert problem(EXECUTOR, None) == "", "the standard pools are no safepool"


def copied(folder: Path) -> Path:
    """Another checkout of what is here, as an unpacked sdist is one."""
    shutil.copytree(ROOT / "safepool", folder / "safepool", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def small(benchmark: str) -> Plan:
    chosen = [one for one in BENCHMARKS if one.name == benchmark]
    return Plan(chosen, OURS, ["spawn"], 1, 2, 0.01, 50.0, sys.executable)


def test_each_side_measures_its_own_safepool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """For real: a copy with another version, beside this checkout, although a third safepool comes first on the user's path."""
    monkeypatch.setenv("PYTHONPATH", str(copied(tmp_path / "third")))
    version = copied(tmp_path / "copy") / "safepool" / "_version.py"
    version.write_text('__version__ = "0.0.other"\n')
    answer = tmp_path / "bench.json"
    options = ["--rounds", "1", "--scale", "0.01", "--benchmark", "round-trip", "--start-method", "spawn"]
    status = main(["bench", "--against", str(tmp_path / "copy"), *options, "--output", str(answer)])
    assert status == INCONCLUSIVE, "one round tells nothing"
    found = json.loads(answer.read_text())
    assert found["against"]["other"]["safepool"] == "0.0.other" != found["safepool"]
    for series in (*found["series"], *found["against"]["series"]):
        assert series["problem"] == "" and len(series["rounds"]) == 1, series
    assert [one["pool"] for one in found["against"]["rows"]] == list(OURS)
    assert "safepool 0.0.other" in capsys.readouterr().out


def test_a_side_that_would_measure_another_safepool_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For real: the other side's copy is not on the path, and one that lies elsewhere is imported instead."""
    elsewhere = copied(tmp_path / "elsewhere")
    usual = Side.environment
    monkeypatch.setattr(
        Side,
        "environment",
        lambda side: (
            usual(side) | ({"PYTHONPATH": f"{elsewhere}:{usual(side)['PYTHONPATH']}"} if side.name == "other" else {})
        ),
    )
    measuring = Measuring(small("round-trip"), lambda series, number: None)
    with staged(str(copied(tmp_path / "copy"))) as sides:
        measuring.run(sides)
    for series in measuring.series:
        assert series.failed == (series.side == "other") and series.rounds == []
        assert (str(elsewhere) in series.problem) == series.failed


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


def test_nothing_is_left_of_the_sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither after a comparison nor after an error."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with staged() as sides:
        assert (sides[0].folder / "path" / "safepool" / "__init__.py").is_file()
    with pytest.raises(UsageError), staged("no-such-commit"):
        pass
    assert list(tmp_path.iterdir()) == []


# A commit


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository in the place of this one: a commit of version 1, tagged, one of version 2, and one without a safepool."""
    if not shutil.which("git"):
        pytest.skip("no git here")
    folder = tmp_path / "repository"
    package = folder / "safepool"
    package.mkdir(parents=True)

    def commit(*tag: str) -> None:
        name = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        for arguments in (["add", "-A"], [*name, "commit", "-qm", "message"], *([["tag", *tag]] if tag else [])):
            subprocess.run(["git", "-C", folder, *arguments], check=True)

    subprocess.run(["git", "init", "-q", folder], check=True)
    (package / "__init__.py").write_text("")
    (package / "_version.py").write_text('__version__ = "1"\n')
    commit("one")
    (package / "_version.py").write_text('__version__ = "2"\n')
    commit()
    shutil.move(package, tmp_path / "safepool")
    (folder / "README").write_text("")
    commit("bare")
    shutil.move(tmp_path / "safepool", package)
    monkeypatch.setattr(packages, "ROOT", folder)
    monkeypatch.chdir(tmp_path)
    return folder


def test_a_commit_is_unpacked_and_the_repository_only_read(repository: Path, tmp_path: Path) -> None:
    """By tag, or as git counts; with the commit as its name."""
    before = sorted(repository.rglob("*"))
    for number, (name, version) in enumerate({"one": "1", "HEAD~1": "2"}.items()):
        package = packages.other(name, tmp_path / str(number))
        assert package.version == version
        assert (package.folder / "safepool" / "__init__.py").is_file()
        assert package.origin == packages.git(repository, "rev-parse", "--short=12", name)
    assert sorted(repository.rglob("*")) == before


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere", "and no commit of this repository"),
        ("--help", "and no commit of this repository"),
        ("bare", "has no safepool"),
    ],
)
@pytest.mark.usefixtures("repository")
def test_what_is_no_commit_is_refused(name: str, said: str, tmp_path: Path) -> None:
    """With the reason."""
    with pytest.raises(UsageError, match=said):
        packages.other(name, tmp_path / "empty")


@pytest.mark.usefixtures("repository")
def test_without_git_there_are_no_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder can still be compared."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="there is no git to look for a commit"):
        packages.other("one", tmp_path / "empty")
    assert packages.other(str(copied(tmp_path / "copy")), tmp_path / "empty").origin == str(tmp_path / "copy")


def test_outside_of_a_repository_there_are_no_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where it is installed."""
    if not shutil.which("git"):
        pytest.skip("no git here")
    monkeypatch.setattr(packages, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(UsageError, match="this is no git repository"):
        packages.other("one", tmp_path / "empty")


def test_a_pool_that_can_do_nothing_of_it_is_no_success(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Nothing is slower where nothing was compared: that is no answer."""
    options = ["--benchmark", "map", "--pool", SAFE_EXECUTOR, "--rounds", "1", "--scale", "0.01"]
    assert main(["bench", "--against", str(copied(tmp_path)), *options]) not in (0, USAGE)
    assert "nothing was compared" in capsys.readouterr().err
