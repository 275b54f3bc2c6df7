"""``repro script``: the program that was asked for."""

from __future__ import annotations

import ast

import pytest

from repro.cli import main


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_script_can_name_its_start_method(method: str, capsys: pytest.CaptureFixture[str]) -> None:
    """``--start-method`` is in the program; everything still fits."""
    assert main(["script", "oom", "--pool", "ProcessPoolExecutor", "--start-method", method]) == 0
    text = capsys.readouterr().out
    assert f'multiprocessing.set_start_method("{method}")' in text
    assert len(text.splitlines()) <= 25
    ast.parse(text, feature_version=(3, 8))


def test_the_first_script_is_the_case_that_it_began_with(capsys: pytest.CaptureFixture[str]) -> None:
    """Three processes, inputs 1, 2, 3; the worker prints its input, exits with 1 when it is 3, and returns it otherwise."""
    assert main(["script", "sys-exit", "--pool", "Pool"]) == 0
    text = capsys.readouterr().out
    assert "gh-66587" in text.splitlines()[0]
    for line in ("print(x, flush=True)", "if x == 3:", "sys.exit(1)", "return x", "with Pool(3) as pool:"):
        assert f"    {line}\n" in text
    assert "pool.map(worker, [1, 2, 3])" in text
