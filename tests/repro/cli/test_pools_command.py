"""``repro pools``: what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

from repro.plan import catalogue, environments, interpreters
from tests.repro import lab


def test_what_comes_with_python_is_not_installed(tmp_path: Path) -> None:
    """Asking for it is wrong usage, and the error names what can be installed."""
    done = lab.command("pools", "install", "--pool", "multiprocessing.Pool", cwd=tmp_path)
    assert done.returncode == 64
    assert "loky" in done.stderr


def test_the_list_is_a_matrix(tmp_path: Path) -> None:
    """A row for each pool, a column for each Python; each sign is explained once, however often it stands there."""
    changes = {"XDG_CACHE_HOME": str(tmp_path)}
    here = interpreters.current()
    told = lab.command("pools", "list", "--format", "json", cwd=tmp_path, changes=changes)
    rows = json.loads(told.stdout)
    rivals = [entry for entry in catalogue.pools().values() if entry.adapter.project]
    assert [row["pool"] for row in rows] == [entry.name for entry in rivals]
    assert {row["python"] for row in rows} == {here.path}
    environment = environments.place(here)
    noted = tmp_path / "repro" / "pools" / environment.name / "pools.json"
    noted.parent.mkdir(parents=True)
    noted.write_text(json.dumps({"ray": {"version": "", "problem": "no wheel"}}))
    text = lab.command("pools", "list", cwd=tmp_path, changes=changes).stdout
    lines = {line.split()[0]: line for line in text.splitlines() if line}
    assert {entry.adapter.label for entry in rivals} <= lines.keys()
    if "ray" not in here.modules:
        assert lines["ray"].split() == ["ray", "x"]
        assert text.count(f"x: ray can't be had with {here.version}: no wheel") == 1
    assert text.count("-: not installed; repro pools install") <= 1
