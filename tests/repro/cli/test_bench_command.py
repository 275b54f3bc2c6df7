"""``repro bench``: measures for real, at a hundredth of its size, and says what it could not measure."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from repro.bench import catalogue
from repro.bench.catalogue import BENCHMARKS, POOL, POOLS, SAFE_POOL
from repro.bench.measure import Measuring
from repro.cli import build_parser, main
from repro.cli.bench_command import make_plan
from repro.errors import NOTHING_RAN, USAGE
from repro.plan.matrix import pick

ROOT = Path(__file__).parents[3]
SMALL = ["--rounds", "1", "--scale", "0.01", "--timeout", "50"]


@pytest.mark.timeout(300)
def test_each_benchmark_measures_every_pool(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run at small scale has a value or a reason for every benchmark and pool; table and JSON agree."""
    answer = tmp_path / "bench.json"
    names = [
        option
        for benchmark in BENCHMARKS
        if benchmark.name not in ("array-64mb", "workers-200")
        for option in ("--benchmark", benchmark.name)
    ]
    assert main(["bench", *SMALL, *names, "--output", str(answer)]) == 0
    printed = capsys.readouterr().out
    found = json.loads(answer.read_text())
    assert found["kind"] == "safepool-bench" and found["machine"]["cores"]
    for series in found["series"]:
        if series["value"] is None:
            assert series["problem"].startswith("unsupported"), series
        else:
            assert series["rounds"] and series["title"] in printed
    assert any(target["reached"] is not None for target in found["targets"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--benchmark", "sumbit"], "no benchmark 'sumbit'; nearest: submit"),
        (["--pool", "lokyy"], "no pool 'lokyy'; nearest: loky"),
        (["--start-method", "frok"], "no start method 'frok'; nearest: fork"),
        (["--format", "jsn"], "no format 'jsn'; nearest: json"),
        (["--rounds", "0"], "--rounds 0: not between 1 and"),
        (["--scale", "nan"], "--scale nan: not between"),
        (["--timeout", "inf"], "--timeout inf: not between"),
        (["--python", "/nowhere/python"], "no interpreter at /nowhere/python"),
        (["--python", "3.99"], "no Python '3.99'; nearest: "),
        (["--python", "all"], "--python all: one at a time, not "),
        (["--slower", "3"], "--slower is the limit of --against"),
        (["--against", ".", "--slower", "0"], "--slower 0: not between"),
        (["--against", "/nowhere"], "--against /nowhere: no folder with safepool/__init__.py in it"),
    ],
)
def test_bad_arguments_are_refused_before_anything_runs(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit status 64, and the nearest valid names."""
    monkeypatch.setattr(Measuring, "run", lambda *_: pytest.fail("something was run"))
    assert main(["bench", *arguments]) == USAGE
    assert said in capsys.readouterr().err


def test_a_broken_interpreter_measures_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is no Python at all: 3, and what it said, in a line."""
    monkeypatch.setattr(Measuring, "run", lambda *_: pytest.fail("something was run"))
    assert main(["bench", "--python", "/bin/ls"]) == NOTHING_RAN
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("repro: --python /bin/ls: it does not start: exit status 2")


def test_a_version_is_an_interpreter() -> None:
    """As for `repro run`, a version will do."""
    version = "{}.{}.{}".format(*sys.version_info)
    assert Path(make_plan(build_parser().parse_args(["bench", "--python", version])).python).is_absolute()


@pytest.mark.parametrize(("asked", "means"), [("Pool", POOL), ("processpoolexecutor", catalogue.EXECUTOR)])
def test_pools_go_by_the_names_that_people_use(asked: str, means: str) -> None:
    """Those of `repro run` are understood, too."""
    assert pick("pool", [asked], POOLS, catalogue.ALIASES) == [means]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_what_was_measured_is_printed_when_it_is_stopped(number: int, status: int, tmp_path: Path) -> None:
    """Nothing is left running and no file, and the exit status says which signal it was. Where nothing was, there is no table."""
    command = [sys.executable, "-m", "repro", "bench", "--benchmark", "death", "--pool", SAFE_POOL, "--rounds", "1000"]
    running = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 60
        while len(inside := measured_by(running.pid)) < 2:  # a program, and workers of its
            assert running.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        running.send_signal(number)
        output, errors = running.communicate(timeout=60)
    finally:
        running.kill()
    assert running.returncode == status
    rounds = int(errors.split("repro: interrupted after ")[1].split(" of 1000 rounds")[0])
    assert ("death of a worker" in output) == (rounds > 0) == bool(output)
    assert psutil.wait_procs(inside, timeout=10)[1] == []
    assert list(tmp_path.iterdir()) == []


def measured_by(pid: int) -> list[psutil.Process]:
    """The measured program that this process has started, and its workers."""
    for child in psutil.Process(pid).children():
        with contextlib.suppress(psutil.Error):
            if "repro.bench.subject.program" in child.cmdline():
                return [child, *child.children(recursive=True)]
    return []
