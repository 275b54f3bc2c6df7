"""Where the rivals live: the environment of an interpreter is found and used, and what is not there says why. No network."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from repro.errors import ReproError
from repro.plan import catalogue, environments, interpreters, matrix
from repro.plan.environments import Installed
from repro.plan.interpreters import Interpreter
from repro.verdicts.judge import Verdict
from tests.repro import lab

LOKY = catalogue.pools()["loky"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Interpreter:
    """This interpreter, as if no rival were installed in it; the user's cache is an empty one."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    absent = {entry.adapter.requires: None for entry in catalogue.pools().values() if entry.adapter.project}
    current = interpreters.current()
    return replace(current, modules=current.modules | absent)


@pytest.fixture
def environment(here: Interpreter) -> Iterator[Path]:
    """Its environment, with something in it that passes for loky: what is looked for is a module and its metadata."""
    place = environments.place(here)
    assert environments._run([sys.executable, "-m", "venv", "--without-pip", str(place)]) is None
    (site,) = place.glob("lib/python3*/site-packages")
    (site / "loky.py").write_text("__version__ = '9.9'\n")
    (site / "loky-9.9.dist-info").mkdir()
    (site / "loky-9.9.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: loky\nVersion: 9.9\n")
    yield place


def test_without_an_environment_the_reason_names_the_command(here: Interpreter) -> None:
    """A rival that is not installed: its cells are unsupported, and say what would bring it."""
    (cell,) = matrix.expand([catalogue.scenarios()["ok"]], [LOKY], [], [], [here])
    (seen,) = lab.run_cells([cell], 60)
    assert seen.judgement.verdict is Verdict.UNSUPPORTED
    assert seen.judgement.reason == (
        f"loky is not installed in {here.path}; repro pools install --python {here.version} --pool loky"
    )
    assert seen.observation.events == []


def test_cells_run_in_the_environment_of_their_interpreter(here: Interpreter, environment: Path) -> None:
    """The pool's cells go there, those of others stay; the version is the same, so that the records tell the same Python."""
    pools = [LOKY, catalogue.pools()["multiprocessing.Pool"]]
    loky, standard = matrix.expand([catalogue.scenarios()["ok"]], pools, [], [], [here])
    if loky.pool is not LOKY:
        loky, standard = standard, loky
    assert loky.unsupported is None
    assert Path(loky.interpreter.path) == environment / "bin" / "python"
    assert loky.interpreter.version == here.version
    assert loky.interpreter.modules["loky"] == "9.9"
    assert standard.interpreter.path == here.path


def test_a_pool_that_is_in_the_interpreter_stays_there(here: Interpreter, environment: Path) -> None:
    """What a user has installed themselves is what is tested."""
    own = replace(here, modules=here.modules | {"loky": "1.0"})
    assert environments.home(own, LOKY.adapter) is own


def test_a_pool_that_does_not_install_says_why(here: Interpreter, environment: Path) -> None:
    """What pip or the import said, is kept, and told instead of the command that failed; a module that is there all the same
    does not count."""
    noted = {"loky": {"version": "", "problem": "it does not import: TypeError: not in this Python"}}
    (environment / "pools.json").write_text(json.dumps(noted))
    assert environments.home(here, LOKY.adapter) is here
    assert environments.why_absent(here, LOKY.adapter) == (
        f"loky can't be had with Python {here.version}: it does not import: TypeError: not in this Python"
    )


def test_an_environment_of_another_version_is_not_used(here: Interpreter, environment: Path) -> None:
    """An interpreter that was replaced by another since: its environment is made anew, not trusted."""
    environments.place(replace(here, version="3.10.0")).symlink_to(environment)
    assert environments.of(replace(here, version="3.10.0")) is None


def test_an_environment_whose_interpreter_is_gone_is_not_used(here: Interpreter, environment: Path) -> None:
    """A link that leads nowhere."""
    python = environment / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python")
    assert environments.of(here) is None


def test_what_is_installed_stays_as_it_is(
    here: Interpreter, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once made, an environment is reused: nothing is asked of pip for a pool that is there."""
    (environment / "pools.json").write_text(json.dumps({"loky": {"version": "9.9", "problem": ""}}))
    monkeypatch.setattr(environments, "_pip", lambda python, projects: pytest.fail("pip was called"))
    assert list(environments.install(here, [LOKY.adapter])) == [(LOKY.adapter, Installed("9.9", ""))]


def test_what_pip_can_not_install_is_tried_alone_and_noted(
    here: Interpreter, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One distribution that does not support this Python does not keep the others out, and its reason is kept."""
    calls = []

    def pip(python: str, projects: list[str]) -> str | None:
        calls.append(projects)
        return "No matching distribution found for Pebble" if "Pebble" in projects else None

    monkeypatch.setattr(environments, "_pip", pip)
    pebble = catalogue.pools()["pebble"].adapter
    went = dict(environments.install(here, [LOKY.adapter, pebble]))
    assert calls == [["loky", "Pebble"], ["loky"], ["Pebble"]]
    assert went == {
        LOKY.adapter: Installed("9.9", ""),
        pebble: Installed("", "No matching distribution found for Pebble"),
    }
    assert environments.notes(environment) == {"loky": went[LOKY.adapter], "Pebble": went[pebble]}


def test_a_module_that_does_not_import_is_not_there(
    here: Interpreter, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pip is content, and the pool fails in this Python all the same: that is said, in Python's words."""
    (module,) = environment.glob("lib/python3*/site-packages/loky.py")
    module.write_text("list[int]()['x']\n")
    monkeypatch.setattr(environments, "_pip", lambda python, projects: None)
    ((_adapter, installed),) = environments.install(here, [LOKY.adapter])
    assert installed.version == ""
    assert installed.problem.startswith("it does not import: TypeError")


def test_no_environment_is_made_for_an_interpreter_that_does_not_start(here: Interpreter) -> None:
    """The error says which, and why."""
    with pytest.raises(ReproError, match=r"no pool can be installed for .*: it does not start"):
        list(environments.install(replace(here, problem="it does not start"), [LOKY.adapter]))


def test_an_environment_that_can_not_be_made_is_said(
    here: Interpreter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A place where nothing can be written."""
    (tmp_path / "file").write_text("where a folder has to be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(ReproError, match="no environment can be made"):
        list(environments.install(here, [LOKY.adapter]))


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("Looking...\nERROR: no versions\nERROR: No matching distribution found for x\n[notice] a new pip\n",
         "No matching distribution found for x"),
        ("Traceback\n  File\nTypeError: 'type' object is not subscriptable\n", "TypeError: 'type' object is not subscriptable"),
        ("", "exit status 3"),
    ],
)  # fmt: skip
def test_the_last_words_say_what_went_wrong(output: str, said: str) -> None:
    """Of all that pip says, the line that names the reason."""
    assert environments.last_words(output, 3) == said


def test_the_standard_librarys_absence_is_a_matter_of_the_version(here: Interpreter) -> None:
    """InterpreterPoolExecutor before 3.14: no command would bring it."""
    adapter = catalogue.pools()["concurrent.futures.InterpreterPoolExecutor"].adapter
    old = replace(here, version="3.13.0", modules={adapter.requires: None})
    why = environments.why_absent(old, adapter)
    assert why == "the standard library of Python 3.13.0 has no concurrent.futures.interpreter"


def test_pools_list_tells_what_is_where(here: Interpreter, environment: Path, tmp_path: Path) -> None:
    """Each pool's version, the environment it lies in, and for what is absent, why."""
    done = lab.command("pools", "list", "--pool", "loky", "--pool", "pebble", cwd=tmp_path)
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()[2:4]] == ["loky", "pebble"]
    assert str(environment) in done.stdout
