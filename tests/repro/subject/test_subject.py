"""The wall: what runs inside the interpreter under test needs nothing but that interpreter, and knows nothing of the observer."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import repro
from repro.observer.launch import Stage
from repro.plan import catalogue, interpreters
from repro.subject.cell import DIRECTORY
from repro.verdicts import judge
from tests.repro import lab

SUBJECT = catalogue.SUBJECT
FILES = sorted(SUBJECT.rglob("*.py"))


def name_of(file: Path) -> str:
    return str(file.relative_to(SUBJECT))


def imports(tree: ast.AST) -> set[str]:
    """The modules that a file of the subject imports, absolutely; relative ones as ``repro.subject...``."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(f"repro.subject.{node.module or ''}" if node.level else str(node.module))
    return found


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_the_subject_is_python_3_8(file: Path) -> None:
    """Every file is in the grammar of Python 3.8, the oldest interpreter that is tested."""
    ast.parse(file.read_text("utf-8"), feature_version=(3, 8))


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_the_subject_imports_the_standard_library_only(file: Path) -> None:
    """Standard library, the subject itself, and (inside an adapter) what the pool under test needs; never the observer."""
    modules = imports(ast.parse(file.read_text("utf-8")))
    if file.parent.name != "pools":
        assert {module.split(".")[0] for module in modules} <= set(sys.stdlib_module_names) | {"repro"}
    assert all(module.startswith("repro.subject") for module in modules if module.split(".")[0] == "repro")


@pytest.mark.parametrize("file", sorted((SUBJECT / "pools").glob("*.py")), ids=name_of)
def test_an_adapter_imports_its_pool_when_it_is_used(file: Path) -> None:
    """The observer loads adapters, too, to know their names: a pool that is not installed must not matter then."""
    tree = ast.parse(file.read_text("utf-8"))
    at_once = ast.Module([node for node in tree.body if not isinstance(node, (ast.ClassDef, ast.FunctionDef))], [])
    assert {module.split(".")[0] for module in imports(at_once)} <= set(sys.stdlib_module_names) | {"repro"}


def test_the_package_itself_is_on_the_subjects_side() -> None:
    """``repro/__init__.py`` is imported inside the interpreter under test: it holds no code."""
    (docstring,) = ast.parse(Path(str(repro.__file__)).read_text("utf-8")).body
    assert isinstance(docstring, ast.Expr)


@pytest.mark.timeout(200)
def test_every_interpreter_here_imports_the_subject(tmp_path: Path) -> None:
    """Seen from the stage, in each interpreter: every scenario and every adapter loads, and of the observer there is no trace."""
    program = """
import json, os, sys
from repro.subject import autopsy, cell, events, exits, loading, probe, program, stacks, task
for folder, load in (("scenarios", loading.scenario), ("pools", loading.pool)):
    place = os.path.join(os.path.dirname(loading.__file__), folder)
    for name in sorted(os.listdir(place)):
        if name.endswith(".py") and name != "__init__.py":
            load(os.path.join(place, name))
try:
    import {observer}
except ImportError:
    pass
else:
    raise AssertionError("the observer can be imported")
print(json.dumps([name for name in sys.modules if name.startswith("repro")]))
"""
    program = program.replace("{observer}", judge.__name__)  # that it is there on this side is known by its import
    with Stage() as stage:
        for python in interpreters.every():
            environment = stage.environment(tmp_path)
            del environment[DIRECTORY]  # it is no cell
            answer = subprocess.run(
                [python.path, "-c", program],
                env=environment,
                cwd=tmp_path,
                timeout=lab.DEADLINE,
                capture_output=True,
                text=True,
                check=False,
            )
            assert answer.returncode == 0, f"{python.version}: {answer.stderr}"
            modules = json.loads(answer.stdout)
            assert all(name == "repro" or name.startswith("repro.subject") for name in modules)
