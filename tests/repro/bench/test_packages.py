"""Which safepool is measured: a folder's, a commit's; and that figures of another one are refused, for real."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from repro.bench import packages
from repro.bench.catalogue import BENCHMARKS, EXECUTOR, OURS, SAFE_EXECUTOR, SAFE_POOL
from repro.bench.measure import Ended, Measuring, Plan, Series, take_answer
from repro.bench.packages import Package, Side, staged
from repro.cli import main
from repro.errors import INCONCLUSIVE, UsageError

ROOT = Path(__file__).resolve().parents[3]

SIDE = Side("this", Path("/this"), Package(Path("/"), "a commit", "1.0"))


def test_figures_of_another_safepool_are_refused() -> None:
    """Another file, another version, another one in the worker, or none named: each is a failure, and no figure."""
    file = "/this/path/safepool/__init__.py"
    right = {"caller": file, "worker": file, "version": "1.0"}

    def problem(pool: str, said: object) -> str:
        series = Series(BENCHMARKS[0], pool, "fork")
        samples = take_answer(series, SIDE, Ended(0, False, {"samples": [1.0], "safepool": said}, ""), 1.0)
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


def test_nothing_is_left_of_the_sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither after a comparison nor after an error."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with staged() as sides:
        assert (sides[0].folder / "path" / "safepool" / "__init__.py").is_file()
    with pytest.raises(UsageError), staged("no-such-commit"):
        pass
    assert list(tmp_path.iterdir()) == []


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


def test_a_commit_is_found_from_an_installed_copy_within_the_checkout(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the README installs it: in a virtual environment in the checkout."""
    below = repository / ".venv" / "lib"
    below.mkdir(parents=True)
    monkeypatch.setattr(packages, "ROOT", below)
    monkeypatch.chdir(below)
    assert packages.other("one", tmp_path / "unpacked").version == "1"


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
