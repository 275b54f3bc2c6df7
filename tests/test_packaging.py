"""What pip sees: built as pip would build it, and looked into; started on each Python that may install it."""

from __future__ import annotations

import email
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from repro.lessons import library
from repro.plan import interpreters

ROOT = Path(__file__).parent.parent


def build(source: Path, place: Path, *targets: str) -> list[Path]:
    """What hatchling makes of a source tree, by target."""
    arguments = [part for target in targets for part in ("-t", target)]
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(place), *arguments]
    subprocess.run(command, cwd=source, check=True, capture_output=True, timeout=90)
    return [next(place.glob({"wheel": "*.whl", "sdist": "*.tar.gz"}[target])) for target in targets]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel and the sdist of this tree."""
    wheel, sdist = build(ROOT, tmp_path_factory.mktemp("built"), "wheel", "sdist")
    return wheel, sdist


@pytest.fixture(scope="module")
def installed(built: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked: what lies in site-packages, without its dependencies."""
    place = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(built[0]) as wheel:
        wheel.extractall(place)
    return place


def read(place: Path, name: str) -> str:
    (file,) = place.glob(f"*.dist-info/{name}")
    return file.read_text("utf-8")


def test_pip_accepts_3_8_and_brings_what_is_of_use_there(installed: Path) -> None:
    """psutil and tabulate everywhere; the rest where the suite runs."""
    metadata = email.message_from_string(read(installed, "METADATA"))
    assert metadata["Requires-Python"] == ">=3.8"
    needed = [Requirement(line) for line in metadata.get_all("Requires-Dist", [])]

    def on(python: str) -> set[str]:
        environment = {"python_version": python, "python_full_version": f"{python}.1", "extra": ""}
        return {one.name for one in needed if one.marker is None or one.marker.evaluate(environment)}

    assert on("3.8") == on("3.9") == {"psutil", "tabulate"}
    assert on("3.10") == on("3.14") == {"psutil", "tabulate", "tqdm", "shtab"}


def test_the_console_scripts_start_where_3_8_can_parse(installed: Path) -> None:
    """``repro``, and ``safepool-repro`` in a module under ``safepool/``."""
    assert read(installed, "entry_points.txt").splitlines() == [
        "[console_scripts]",
        "repro = repro.__main__:main",
        "safepool-repro = safepool._suite:main",
    ]


def test_the_sdist_leaves_the_large_records_out(built: tuple[Path, Path]) -> None:
    """And large pictures, and what is made of the lessons. Nothing else: the tables made from records are there, and every other
    file."""
    with tarfile.open(built[1]) as sdist:
        sizes = {one.name.split("/", 1)[1]: one.size for one in sdist.getmembers() if one.isfile()}
    assert max(sizes.values()) < 500_000
    assert built[1].stat().st_size < 2_000_000
    tracked = [file for name in ("reports", "tests", "repro", "safepool") for file in (ROOT / name).rglob("*")]
    wanted = {
        str(file.relative_to(ROOT))
        for file in tracked
        if file.is_file() and "__pycache__" not in file.parts and ROOT / "reports" / "runs" not in file.parents
    }
    made = {f"reports/lessons/{language}" for language in library.LANGUAGES}
    left_out = {file for file in wanted if file not in sizes and str(Path(file).parent) not in made}
    others = {f"reports/others/{name}" for name in ("results.jsonl.xz", "matrix.svg", "latency.svg")}
    others |= {file for file in wanted if re.search(r"/diagnose/snapshots/(?!sigkill_)[^/]+\.json\.xz$", file)}
    assert left_out <= {"reports/full/results.jsonl.xz", "reports/reference/results.jsonl"} | others


def test_the_wheel_from_the_sdist_is_the_wheel_from_here(built: tuple[Path, Path], tmp_path: Path) -> None:
    """File for file."""
    with tarfile.open(built[1]) as sdist:
        sdist.extractall(tmp_path / "unpacked")
    (source,) = (tmp_path / "unpacked").iterdir()
    (again,) = build(source, tmp_path, "wheel")
    with zipfile.ZipFile(built[0]) as one, zipfile.ZipFile(again) as other:
        record = next(name for name in one.namelist() if name.endswith("/RECORD"))
        assert sorted(other.read(record).splitlines()) == sorted(one.read(record).splitlines())


def run(python: str, site: Path, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """An interpreter that has our packages and nothing else, the standard library aside."""
    program = f"import sys; sys.path.insert(0, {str(site)!r}); {'; '.join(arguments)}"
    return subprocess.run(
        [python, "-I", "-S", "-B", "-c", program], text=True, capture_output=True, timeout=60, check=False
    )


PYTHONS = [one for one in interpreters.every() if not one.problem and one.release >= (3, 8)]


@pytest.mark.parametrize("python", PYTHONS, ids=lambda one: one.version)
def test_safepool_needs_nothing_but_python(python: interpreters.Interpreter, installed: Path) -> None:
    """Every public name is there, without any distribution beside it, and without the suite."""
    lines = ["import safepool", "[getattr(safepool, name) for name in safepool.__all__]", "print(*sys.modules)"]
    done = run(python.path, installed, lines)
    assert (done.returncode, done.stderr) == (0, "")
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert loaded.isdisjoint({"psutil", "tabulate", "tqdm", "shtab", "repro"})


@pytest.mark.parametrize("start", ["repro.__main__", "safepool._suite"])
@pytest.mark.parametrize("python", PYTHONS, ids=lambda one: one.version)
def test_the_suite_says_in_one_line_what_it_needs(
    python: interpreters.Interpreter, start: str, installed: Path
) -> None:
    """Below 3.10: by each console script, as by ``python -m repro``, which is the first. From there on: it runs."""
    done = run(
        python.path, installed, ["sys.argv[1:] = ['--version']", f"from {start} import main", "sys.exit(main())"]
    )
    if python.release >= (3, 10):
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("repro ")
    else:
        assert (done.returncode, done.stdout) == (64, "")
        (line,) = done.stderr.splitlines()
        assert line.startswith(f"repro: needs Python 3.10 or newer, and this is {python.version.split('-')[0]}")
