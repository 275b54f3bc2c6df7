"""``safepool-repro``: whose ``repro`` is it? Asked in site-packages made by hand, as installs would leave them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import repro
import safepool
from safepool import _suite

#: Running a foreign package is seen by its output.
FOREIGN = "print('foreign code was run')\n"

PROGRAM = """
import sys
sys.path[:0] = sys.argv[1].split(":")
sys.argv[1:] = ["--version"]
from safepool._suite import main
sys.exit(main())
"""


def bring(site: Path, distribution: str, version: str, *files: str) -> None:
    """The metadata with which a distribution says that it brought files."""
    metadata = site / f"{distribution}-{version}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
    (metadata / "RECORD").write_text("".join(f"{file},,\n" for file in files))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Where ``safepool`` and its suite are installed, and a distribution of no interest."""
    site = tmp_path / "site"
    for package in (safepool, repro):
        folder = Path(str(package.__file__)).parent
        shutil.copytree(folder, site / folder.name, ignore=shutil.ignore_patterns("__pycache__"))
    bring(site, "safepool", "0.1.0", "safepool/__init__.py", "repro/__init__.py", "repro/__main__.py")
    bring(site, "bystander", "3", "bystander/__init__.py")
    return site


def asked(*path: Path) -> subprocess.CompletedProcess[str]:
    """``safepool-repro --version`` with these folders first on ``sys.path``, and without the packages that are installed here."""
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", PROGRAM, ":".join(map(str, path))],
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_ours_is_run(site: Path) -> None:
    """It is ``repro`` by another name."""
    done = asked(site)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"repro {safepool.__version__} (of safepool; ")


def test_a_foreign_package_over_ours_is_explained(site: Path) -> None:
    """Its place, its distribution and what to do; none of its code was run, and the status is that of a fault of the machine."""
    (site / "repro" / "__init__.py").write_text(FOREIGN)
    (site / "repro" / "__main__.py").write_text(FOREIGN)
    bring(site, "repro", "0.1.6", "repro/__init__.py", "repro/__main__.py")
    done = asked(site)
    assert (done.returncode, done.stdout) == (70, "")
    first, then = done.stderr.splitlines()
    assert f"the package repro in {site}/repro is not safepool's any more" in first
    assert "of the distribution repro 0.1.6, was installed over it" in first
    assert "pip uninstall repro" in then
    assert "--force-reinstall" in then


def test_ours_over_a_foreign_package_is_ours(site: Path) -> None:
    """Both distributions claim the files then; what they hold decides."""
    bring(site, "repro", "0.1.6", "repro/__init__.py", "repro/__main__.py", "repro/common.py")
    (site / "repro" / "common.py").write_text(FOREIGN)
    assert asked(site).returncode == 0


def test_a_foreign_package_that_was_removed_again_is_explained(site: Path) -> None:
    """``pip uninstall`` of the other took the files that both had."""
    (site / "repro" / "__init__.py").unlink()
    (site / "repro" / "__main__.py").unlink()
    done = asked(site)
    assert (done.returncode, done.stdout) == (70, "")
    assert f"there is no {site}/repro/__init__.py" in done.stderr
    assert "--force-reinstall" in done.stderr


def test_a_missing_package_is_explained(site: Path) -> None:
    """As after the other was removed, and nothing of ours was left in the folder."""
    shutil.rmtree(site / "repro")
    done = asked(site)
    assert (done.returncode, done.stdout) == (70, "")
    assert "is gone or not whole" in done.stderr


@pytest.mark.parametrize("claimed", [True, False])
def test_a_foreign_package_in_front_of_ours_is_explained(site: Path, tmp_path: Path, claimed: bool) -> None:
    """Nothing is overwritten, yet Python finds the other: where it lies, and, if that is known, where it came from."""
    front = tmp_path / "front"
    (front / "repro").mkdir(parents=True)
    (front / "repro" / "__init__.py").write_text(FOREIGN)
    if claimed:
        bring(front, "repro", "0.1.6", "repro/__init__.py")
    done = asked(front, site)
    assert (done.returncode, done.stdout) == (70, "")
    assert f"It lies in {front}/repro, which comes before {site}" in done.stderr
    whose = "of the distribution repro 0.1.6" if claimed else "of no distribution that says so"
    assert whose in done.stderr


def test_the_mark_is_how_our_package_begins() -> None:
    """And a foreign one would not: it says what this one is about."""
    assert Path(str(repro.__file__)).read_text("utf-8").startswith(_suite.MARK)
    assert _suite.trouble() is None


def test_the_status_is_that_of_the_suite() -> None:
    """It is written here a second time."""
    from repro import errors

    assert errors.SOFTWARE == _suite.SOFTWARE
