"""``repro script``: the program that was asked for."""

from __future__ import annotations

import ast

import pytest

from repro.cli import main
from repro.errors import USAGE
from tests.repro.cli.commands import called


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_script_can_name_its_start_method(method: str, capsys: pytest.CaptureFixture[str]) -> None:
    """``--start-method`` is in the program; everything still fits."""
    assert main(["script", "oom", "--pool", "ProcessPoolExecutor", "--start-method", method]) == 0
    text = capsys.readouterr().out
    assert f'multiprocessing.set_start_method("{method}")' in text
    assert len(text.splitlines()) <= 40
    ast.parse(text, feature_version=(3, 7))


def test_the_first_script_is_the_case_that_it_began_with(capsys: pytest.CaptureFixture[str]) -> None:
    """Three processes, inputs 1, 2, 3; the worker prints its input, exits with 1 when it is 3, and returns it otherwise."""
    assert main(["script", "sys-exit", "--pool", "Pool"]) == 0
    text = capsys.readouterr().out
    assert "gh-66587" in text.splitlines()[0]
    for line in ("print(x, flush=True)", "if x == 3:", "sys.exit(1)", "return x", "with Pool(3) as pool:"):
        assert f"    {line}\n" in text
    assert "pool.map(worker, [1, 2, 3])" in text


def test_the_pool_is_one_that_can_show_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Where none is named: the first of a bare run that has what the scenario takes. Where one is named that has not, why."""
    assert called("script", "tiny-futures") == 0
    assert capsys.readouterr().out.startswith("# ProcessPoolExecutor: ")
    assert called("script", "tiny-futures", "--pool", "Pool") == USAGE
    assert "no program for multiprocessing.Pool.map, which has no futures" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("scenario", "pool", "line"),
    [
        ("command-function", "Pool", '    multiprocessing.set_start_method("spawn")'),
        ("sigchld-blocked", "Pool", '    multiprocessing.set_start_method("forkserver")'),
        ("max-tasks", "ProcessPoolExecutor", '    multiprocessing.set_start_method("spawn")'),
        ("no-main-guard", "Pool", 'multiprocessing.set_start_method("spawn", force=True)'),
    ],
)
def test_the_start_method_is_the_one_that_shows_it(
    scenario: str, pool: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The one that the scenario is about, or that the pool takes what the scenario needs with."""
    assert called("script", scenario, "--pool", pool) == 0
    assert line in capsys.readouterr().out.splitlines()
