"""Interpreters that can't run the suite: their cells say why, and the others run."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from repro.cli import main
from repro.errors import AS_EXPECTED
from repro.plan import answers, interpreters, places
from repro.plan.interpreters import Interpreter
from repro.records import results
from repro.verdicts import expectations
from repro.verdicts.judge import Verdict


@pytest.fixture(autouse=True)
def fresh_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answers of earlier probes don't count here."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def program(place: Path, text: str) -> Path:
    """An executable file that claims to be an interpreter."""
    place.write_text(text)
    place.chmod(0o755)
    return place


def without_multiprocessing(folder: Path) -> Path:
    """This interpreter, built without ``_multiprocessing``: as on a platform without semaphores."""
    (folder / "missing").mkdir()
    (folder / "missing" / "_multiprocessing.py").write_text("raise ImportError('No module named _multiprocessing')\n")
    return program(folder / "python", f'#!/bin/sh\nPYTHONPATH={folder}/missing exec {sys.executable} "$@"\n')


OLD = re.compile(r"python(2(\.\d)?|3\.[0-7])")

#: What claims to be an interpreter, and what is said of it.
PRETENDERS = {
    "crashes": (
        "#!/bin/sh\necho no such luck >&2\nexit 3\n",
        "it does not start: exit status 3, and said: no such luck",
    ),
    "says nothing": ("#!/bin/sh\n", "it does not start: exit status 0, and said: nothing"),
    "says something else": ("#!/bin/sh\necho Python 3.12\n", "it does not start: exit status 0"),
    "says half": ("""#!/bin/sh\necho '{"version": "3.12.1"}'\n""", "it does not start: exit status 0"),
    "kills itself": ("#!/bin/sh\nkill -9 $$\n", "it does not start: exit status -9"),
    "is no program": ("\0\1\2", "it does not start: Exec format error"),
}


@pytest.mark.parametrize("name", PRETENDERS)
def test_what_does_not_start_says_so(tmp_path: Path, name: str) -> None:
    """A probe never raises: what went wrong is the interpreter's problem, in words."""
    text, problem = PRETENDERS[name]
    found = interpreters.probe(str(program(tmp_path / "python", text)))
    assert found.problem is not None
    assert found.problem.startswith(problem)
    assert found.start_methods == ()


def test_what_is_no_file_or_not_executable_says_so(tmp_path: Path) -> None:
    """A folder, a text, nothing at all."""
    (tmp_path / "text").write_text("print()")
    for path in (tmp_path, tmp_path / "text"):
        assert interpreters.probe(str(path)).problem == "it does not start: Permission denied"
    assert interpreters.probe(str(tmp_path / "nothing")).problem == "it does not start: No such file or directory"


def test_what_never_answers_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interpreter that hangs is given up, and ended with all that it started (the fixture checks)."""
    monkeypatch.setattr(answers, "PROBE_TIMEOUT", 0.2)
    found = interpreters.probe(str(program(tmp_path / "python", "#!/bin/sh\nsleep 1000 &\nsleep 1000\n")))
    assert found.problem == "it did not answer within 0.2 s"


def test_a_build_without_multiprocessing_says_so(tmp_path: Path) -> None:
    """Without _multiprocessing there is no pool to test."""
    found = interpreters.probe(str(without_multiprocessing(tmp_path)))
    assert found.version == interpreters.current().version
    assert found.problem is not None
    assert found.problem.startswith("multiprocessing does not import: ")
    assert "_multiprocessing" in found.problem


def test_an_old_python_says_so(tmp_path: Path) -> None:
    """Older than the subject's syntax: that is said, not a syntax error."""
    for version in ("2.7.18", "3.6.15", "3.7.16"):
        answer = {
            **{"version": version, "implementation": "CPython", "build": "", "free_threaded": False, "problem": None},
            **{"start_methods": ["fork"], "modules": {}},
        }
        found = interpreters.probe(str(program(tmp_path / version, f"#!/bin/sh\necho '{json.dumps(answer)}'\n")))
        assert found.problem == f"Python {version} is too old: the suite needs 3.8 or newer"


@pytest.mark.parametrize(
    ("implementation", "free_threaded", "version"),
    [("CPython", False, "3.14.0"), ("CPython", True, "3.14.0t"), ("PyPy", False, "3.14.0-pypy")],
)
def test_builds_of_one_version_are_told_apart(
    tmp_path: Path, implementation: str, free_threaded: bool, version: str
) -> None:
    """A free-threaded build and another implementation have a version of their own, which sorts as its numbers say."""
    answer = {
        **{"version": "3.14.0", "implementation": implementation, "build": "", "free_threaded": free_threaded},
        **{"problem": None, "start_methods": ["fork"], "modules": {}},
    }
    found = interpreters.probe(str(program(tmp_path / "python", f"#!/bin/sh\necho '{json.dumps(answer)}'\n")))
    assert (found.version, found.release) == (version, (3, 14, 0))
    known = expectations.expected("os-exit", "multiprocessing.Pool", "map", "fork", found.version)
    assert (known is None) == (implementation == "PyPy")


def old_pythons() -> list[str]:
    """Pythons on this machine that are older than 3.8: where there is a ``python3.7`` or a ``python2``."""
    folders = dict.fromkeys(places.folders(os.environ, Path.home()))
    return [str(path) for folder in folders for path in folder.glob("python*") if OLD.fullmatch(path.name)]


@pytest.mark.timeout(200)
def test_every_old_python_here_is_refused() -> None:
    """Real ones, from 2.7 on, where the machine has them: the probe itself runs in each, or says that it can't."""
    paths = old_pythons()
    if not paths:
        pytest.skip("no Python older than 3.8 here")
    for path in paths:
        problem = interpreters.probe(path).problem
        assert problem is not None
        assert "is too old" in problem or "it does not start" in problem
        assert path not in [one.path for one in interpreters.every()]


def test_a_run_goes_on_without_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Their cells are unsupported, each with its reason; the rest runs, and the run is as expected."""
    broken = program(tmp_path / "broken", PRETENDERS["crashes"][0])
    lacking = without_multiprocessing(tmp_path)
    run = [
        "run",
        "--scenario",
        "ok",
        "--pool",
        "ProcessPoolExecutor",
        "--timeout",
        "60",
        "--output",
        str(tmp_path / "run"),
    ]
    for path in (str(broken), str(lacking), sys.executable):
        run += ["--python", path]
    assert main(run) == AS_EXPECTED
    output = capsys.readouterr().out
    assert "unsupported" in output
    cells = {
        cell["python"]: cell for cell in results.read(tmp_path / "run").cells if cell["verdict"] == Verdict.UNSUPPORTED
    }
    kept = [cell for cell in results.read(tmp_path / "run").cells if cell["verdict"] == Verdict.COMPLETED]
    assert len(kept) == 1
    reasons = sorted(cell["reason"].split(":")[0] for cell in cells.values())
    assert reasons == ["it does not start", "multiprocessing does not import"]
    assert all(cell["observation"] is None for cell in cells.values())
    assert main(["report", str(tmp_path / "run"), "--format", "csv"]) == 0


def some(version: str, path: str, build: str = "") -> Interpreter:
    return Interpreter(path, version, "CPython", build or version, False, ("fork",))


HERE = [
    some("3.8.18", "/a"),
    some("3.12.1", "/b"),
    some("3.12.10", "/c"),
    some("3.15.0b4", "/d"),
    some("3.12.9-pypy", "/e"),
]


@pytest.mark.parametrize(
    ("pattern", "versions"),
    [
        ("all", ["3.8.18", "3.12.1", "3.12.10", "3.15.0b4", "3.12.9-pypy"]),
        ("*-pypy", ["3.12.9-pypy"]),
        ("3.12", ["3.12.1", "3.12.10"]),
        ("3.12.1", ["3.12.1"]),
        ("3.1*", ["3.12.1", "3.12.10", "3.15.0b4", "3.12.9-pypy"]),
        ("3", ["3.8.18", "3.12.1", "3.12.10", "3.15.0b4"]),
        ("python3.8", ["3.8.18"]),
        ("3.15", ["3.15.0b4"]),
    ],
)
def test_versions_are_chosen_by_name(monkeypatch: pytest.MonkeyPatch, pattern: str, versions: list[str]) -> None:
    """``all``, a version, its beginning (whole numbers only; those of CPython), a glob."""
    monkeypatch.setattr(interpreters, "every", lambda: HERE)
    assert [one.version for one in interpreters.select([pattern])] == versions


def test_the_same_interpreter_is_there_once() -> None:
    """Links, shims and virtual environments of one build are one interpreter, in the order of their versions."""
    found = interpreters.every()
    assert len({(one.version, one.build, one.free_threaded) for one in found}) == len(found)
    assert [one.release for one in found] == sorted(one.release for one in found)
    assert all(one.problem is None and one.release >= answers.OLDEST for one in found)
    assert interpreters.current().version in [one.version for one in found]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home with two Pythons of pyenv's, of which one does not start; nothing else is found. ``starts`` tells who was."""
    lines = f"#!/bin/sh\necho $0 >> {tmp_path}/starts\n"
    for version, does in {"3.12.1": f'exec {sys.executable} "$@"', "3.13.0": "exit 3"}.items():
        folder = tmp_path / ".pyenv/versions" / version / "bin"
        folder.mkdir(parents=True)
        program(folder / "python", f"{lines}{does}\n")
    monkeypatch.setattr(places, "SYSTEM", ())
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    for name in ("PYENV_ROOT", "CONDA_PREFIX", "XDG_DATA_HOME", interpreters.EXTRA):
        monkeypatch.delenv(name, raising=False)
    interpreters._every.cache_clear()
    yield tmp_path
    interpreters._every.cache_clear()


def test_the_second_look_starts_nothing(machine: Path) -> None:
    """Each is asked once, one that does not start as well; a changed file is asked again."""
    first = interpreters.every()
    started = sorted((machine / "starts").read_text().split())
    assert [path.split("/")[-3] for path in started] == ["3.12.1", "3.13.0"]
    interpreters._every.cache_clear()
    assert interpreters.every() == first
    assert sorted((machine / "starts").read_text().split()) == started
    place = machine / ".pyenv/versions/3.12.1/bin/python"
    place.write_text(place.read_text() + "\n")
    interpreters._every.cache_clear()
    interpreters.every()
    assert (machine / "starts").read_text().split()[2:] == [str(place)]


def test_without_a_cache_each_is_asked_once(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within one command; the next one asks again."""
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    interpreters.every()
    interpreters.every()
    assert len((machine / "starts").read_text().split()) == 2


def test_nothing_is_told_without_a_terminal(machine: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The bar is for somebody who waits at a terminal."""
    interpreters.every()
    assert capfd.readouterr() == ("", "")


def test_a_path_is_one_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``./python`` is not looked for in PATH, and is the same file for cells, which are started in folders of their own."""
    (tmp_path / "python").symlink_to(sys.executable)
    monkeypatch.chdir(tmp_path)
    for asked in ("./python", f"../{tmp_path.name}/python"):
        (found,) = interpreters.select([asked])
        assert (found.path, found.problem) == (str(tmp_path / "python"), None)
