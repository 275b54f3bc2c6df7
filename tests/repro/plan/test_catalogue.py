"""The catalogue: files in folders, and third parties' pools, found by the entry point group and never in the way of the rest."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from repro.errors import AS_EXPECTED
from repro.plan import catalogue
from repro.records import results
from tests.repro import lab

RIVALS = {name: entry for name, entry in catalogue.pools().items() if entry.adapter.project}
SOURCE = (lab.HERE / "adapters" / "good.py").read_text("utf-8")


def test_threads_that_ask_at_once_get_the_same() -> None:
    """The first questions come from several threads (interpreters are probed by some): none sees a module half loaded."""
    program = (
        "import sys, threading; sys.setswitchinterval(1e-6)\n"
        "from repro.plan import catalogue\n"
        "found = []\n"
        "threads = [threading.Thread(target=lambda: found.append(catalogue.pools())) for _ in range(8)]\n"
        "[thread.start() for thread in threads]; [thread.join() for thread in threads]\n"
        "assert len(found) == 8 and all(one is found[0] for one in found)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_no_adapter_needs_its_pool_to_be_loaded() -> None:
    """The observer loads every adapter to know its name; none of the pools has been imported by that."""
    here = "import sys; from repro.plan import catalogue; catalogue.pools(); print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", here], env=lab.environment(), capture_output=True, text=True, timeout=60
    )
    assert loaded.returncode == 0, loaded.stderr
    assert "repro.plan.catalogue" in loaded.stdout.split()
    assert not {entry.adapter.requires for entry in RIVALS.values()} & set(loaded.stdout.split())


def distribution(folder: Path, module: str, source: str, entry_point: str) -> None:
    """A distribution as pip installs it: a module, and the metadata that announce it."""
    (folder / f"{module}.py").write_text(source)
    metadata = folder / f"{module}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[repro.pools]\n{entry_point}\n")


@pytest.fixture
def third_party(tmp_path: Path) -> Path:
    """A folder of installed distributions with one good adapter."""
    folder = tmp_path / "installed"
    folder.mkdir()
    distribution(folder, "their_adapter", SOURCE.replace('"good"', '"theirs"'), "theirs = their_adapter")
    return folder


def path_with(folder: Path) -> dict[str, str | None]:
    return {"PYTHONPATH": os.pathsep.join([str(lab.ROOT), str(folder)])}


def test_a_third_partys_pool_runs_like_the_suites_own(third_party: Path, tmp_path: Path) -> None:
    """Installed, it is listed, and run by its name; its file is not in the suite, and its module not on the subject's path."""
    listed = lab.command("list", "pools", cwd=tmp_path, changes=path_with(third_party))
    assert "theirs" in listed.stdout
    assert listed.stderr == ""
    done = lab.command(
        *("run", "--pool", "theirs", "--scenario", "ok", "--timeout", 60, "--output", "run"),
        cwd=tmp_path,
        changes=path_with(third_party),
    )
    assert done.returncode == AS_EXPECTED, done.stdout + done.stderr
    (cell,) = results.read(tmp_path / "run").cells
    assert (cell["pool"], cell["verdict"]) == ("theirs", "completed")


def test_a_bare_run_stays_with_the_pools_that_it_compares(third_party: Path, tmp_path: Path) -> None:
    """An installed adapter is offered, not imposed."""
    import subprocess
    import sys

    source = "from repro.plan import catalogue; print(*[entry.name for entry in catalogue.default_pools()])"
    environment = lab.environment(path_with(third_party))
    done = subprocess.run([sys.executable, "-c", source], env=environment, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["multiprocessing.Pool", "concurrent.futures.ProcessPoolExecutor", "safepool"]


@pytest.mark.parametrize(
    ("module", "source", "entry_point", "phrase"),
    [
        ("broken", "import a_pool_that_is_nowhere\n", "broken = broken", "No module named 'a_pool_that_is_nowhere'"),
        ("empty", "", "empty = empty", "has no attribute 'POOL'"),
        ("wrong", "POOL = 7\n", "wrong = wrong", "is no Adapter; repro check-adapter"),
        ("gone", "", "gone = not_there", "there is no module not_there in a file"),
        ("twice", SOURCE.replace('"good"', '"loky"'), "twice = twice", "there is a pool loky already"),
    ],
)
def test_a_broken_third_party_is_said_and_left_out(
    third_party: Path, tmp_path: Path, module: str, source: str, entry_point: str, phrase: str
) -> None:
    """One line on stderr says which entry point and why; the other pools are there."""
    distribution(third_party, module, source, entry_point)
    listed = lab.command("list", "pools", cwd=tmp_path, changes=path_with(third_party))
    assert listed.returncode == AS_EXPECTED
    assert "theirs" in listed.stdout
    assert "loky" in listed.stdout
    (line,) = listed.stderr.splitlines()
    assert line.startswith(f"repro: repro.pools {entry_point} is left out: ")
    assert phrase in line
