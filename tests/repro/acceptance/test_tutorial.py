"""The complete adapter of the tutorial, installed as it says: it checks out, is found by its entry point, and runs."""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.repro import lab

#: The tutorial.
README = lab.ROOT / "repro" / "subject" / "pools" / "README.md"

#: What its reader has: an executor of his own.
POOL = "from concurrent.futures import ProcessPoolExecutor\n\n\nclass AcmePool(ProcessPoolExecutor):\n    pass\n"


def block(language: str) -> str:
    """The code block in that language; there is one."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    return str(found)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the suite, and with the pool and its adapter as a distribution would install them."""
    root = tmp_path_factory.mktemp("acme")
    venv.create(root / "venv", with_pip=False, symlinks=True)
    (packages,) = (root / "venv" / "lib").glob("python*/site-packages")
    here = [str(lab.ROOT), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    (packages / "suite.pth").write_text("\n".join(dict.fromkeys(here)) + "\n")
    code = block("python")
    file = packages / code.split("\n", 1)[0].removeprefix("# ")
    file.parent.mkdir()
    file.write_text(code)
    (file.parent / "__init__.py").write_text(POOL)
    metadata = packages / "acme_pool-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-pool\nVersion: 1.0\n")
    announced = re.search(r'"(repro\.pools)"\]\n(\w+) = "([\w.]+)"', block("toml"))
    assert announced is not None
    (metadata / "entry_points.txt").write_text("[{}]\n{} = {}\n".format(*announced.groups()))
    return root / "venv" / "bin" / "python"


def repro(python: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in lab.environment().items() if name != "PYTHONPATH"}
    return subprocess.run(
        [python, "-m", "repro", *arguments],
        cwd=cwd,
        env=environment,
        text=True,
        capture_output=True,
        timeout=lab.DEADLINE,
    )


def test_the_tutorials_adapter_checks_out(python: Path, tmp_path: Path) -> None:
    """The file as printed, given to ``repro check-adapter``: nothing wrong, nothing open, and the count that is printed there."""
    (file,) = python.parent.parent.glob("lib/python*/site-packages/acme_pool/repro_adapter.py")
    done = repro(python, tmp_path, "check-adapter", str(file), "--timeout", "30")
    assert done.returncode == 0, done.stdout + done.stderr
    last = done.stdout.splitlines()[-1]
    assert re.fullmatch(r"acme\.AcmePool: \d+ checks, 0 wrong, 0 open", last)
    assert last in block("console"), "the tutorial shows another count"
    assert "fine   control (submit, fork" in done.stdout
    assert "seen   sigkill (submit, fork" in done.stdout


def test_the_tutorials_entry_point_brings_it(python: Path, tmp_path: Path) -> None:
    """Installed, it is listed and run by the name that the tutorial gives it, and nothing of the suite was touched."""
    listed = repro(python, tmp_path, "list", "pools")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert "acme.AcmePool" in listed.stdout
    command = re.search(r"`repro (run --pool acme)`", README.read_text("utf-8"))
    assert command is not None
    done = repro(python, tmp_path, *command[1].split(), "--scenario", "ok", "--timeout", "30", "--output", "run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^ok +completed$", done.stdout, re.MULTILINE)
    assert os.path.exists(tmp_path / "run" / "results.jsonl")
