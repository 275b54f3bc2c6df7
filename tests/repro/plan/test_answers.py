"""What is kept of an interpreter's answer, and when it is believed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from repro.plan import answers


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty one."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def first(cache: Path) -> answers.Answer:
    """The answer of this interpreter, which is in the cache now."""
    return answers.answer(sys.executable)


@pytest.fixture
def kept(first: answers.Answer, cache: Path) -> Path:
    """The one file in the cache."""
    (file,) = cache.rglob("*.json")
    return file


def broken(folder: Path) -> Path:
    """A program that ends with status 3, whatever it is asked."""
    place = folder / "python"
    place.write_text("#!/bin/sh\nexit 3\n")
    place.chmod(0o755)
    return place


def test_an_answer_is_asked_for_once(first: answers.Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time, nothing is started."""

    def started(*_arguments: object, **_keywords: object) -> None:
        raise AssertionError("it was started again")

    monkeypatch.setattr(subprocess, "Popen", started)
    assert answers.answer(sys.executable) == answers.kept(sys.executable) == first


def test_one_that_did_not_start_is_believed_for_an_hour(tmp_path: Path, cache: Path) -> None:
    """While all are looked for; who asks for it by its path has it started again."""
    place = broken(tmp_path)
    said = answers.answer(str(place))
    assert answers.kept(str(place)) == said
    (file,) = cache.rglob("*.json")
    for asked in (time.time() - answers.BELIEVED_BROKEN - 1, time.time() + 1000):  # the clock was set back meanwhile
        file.write_text(json.dumps({**json.loads(file.read_text()), "asked": asked}))
        assert answers.kept(str(place)) is None
    status, times = place.stat(), (place.stat().st_atime_ns, place.stat().st_mtime_ns)
    place.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    os.utime(place, ns=times)
    assert place.stat().st_size != status.st_size
    assert answers.kept(str(place)) is None
    assert answers.answer(str(place))["problem"] is None


def test_what_was_installed_meanwhile_is_asked_about(tmp_path: Path) -> None:
    """The site-packages beside an interpreter belong to what it is."""
    (tmp_path / "bin").mkdir()
    packages = tmp_path / "lib/python3.12/site-packages"
    packages.mkdir(parents=True)
    place = broken(tmp_path / "bin")
    answers.answer(str(place))
    assert answers.kept(str(place)) is not None
    os.utime(packages, ns=(1, 1))
    assert answers.kept(str(place)) is None


#: What may stand in the cache, and is no answer. A form of it: the fields that differ from a good one.
NO_ANSWERS: dict[str, Any] = {
    "a number for a version": {"version": 1},
    "an endless version": {"version": "3." * 1000},
    "no version": {"version": None},
    "an escape sequence": {"version": "3.12\x1b[2J"},
    "a text for methods": {"start_methods": "fork"},
    "a number among methods": {"start_methods": ["fork", 1]},
    "a list for modules": {"modules": []},
    "a number for a module": {"modules": {"loky": 3}},
    "a number for a problem": {"problem": 3},
    "a text for a truth": {"free_threaded": "no"},
    "a number for a build": {"build": 3},
}


@pytest.mark.parametrize("name", NO_ANSWERS)
def test_what_has_not_the_form_of_an_answer_is_none(first: answers.Answer, kept: Path, name: str) -> None:
    """It is asked anew, and the answer is kept again."""
    whole = json.loads(kept.read_text())
    kept.write_text(json.dumps({**whole, "answer": {**whole["answer"], **NO_ANSWERS[name]}}))
    assert answers.kept(sys.executable) is None
    assert answers.answer(sys.executable) == first == answers.kept(sys.executable)


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"{", b"\xff", b"3", b"[" * 60_000, b'{"stamp": NaN}', b" " * (answers.SIZE + 1)],
    ids=["empty", "fields", "list", "cut", "bytes", "number", "deep", "nan", "large"],
)
def test_a_broken_cache_is_no_answer(first: answers.Answer, kept: Path, content: bytes) -> None:
    """Whatever a disk that was full, or another program, has left there."""
    kept.write_bytes(content)
    assert answers.kept(sys.executable) is None
    assert answers.answer(sys.executable) == first


def test_a_fifo_in_the_cache_blocks_nobody(first: answers.Answer, kept: Path) -> None:
    """Nor does what it takes the place of stay away."""
    kept.unlink()
    os.mkfifo(kept)
    assert answers.answer(sys.executable) == first == answers.kept(sys.executable)


def test_a_cache_that_can_not_be_written_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """No permission for a cache, no cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    assert answers.answer(sys.executable)["problem"] is None
    assert answers.kept(sys.executable) is None


def test_a_folder_in_the_place_of_an_answer_leaves_no_litter(first: answers.Answer, kept: Path) -> None:
    """What could not be put in its place is removed."""
    kept.unlink()
    kept.mkdir()
    assert answers.answer(sys.executable) == first
    assert list(kept.parent.iterdir()) == [kept]


def test_several_at_once_write_whole_answers(cache: Path) -> None:
    """Each replaces the file of the other, and nothing is left of either."""
    with ThreadPoolExecutor(8) as threads:
        said = list(threads.map(answers.ask, [sys.executable] * 8))
    assert all(one == answers.kept(sys.executable) for one in said)
    assert len([path for path in cache.rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize("said", ['{"version": "3.12.1"}', "[]", "3", '"text"', "[" * 60_000, '{"version": 3}'])
def test_an_interpreter_that_answers_something_else_does_not_start(tmp_path: Path, said: str) -> None:
    """Never an error: what it said is its problem."""
    (tmp_path / "said").write_text(said)
    place = broken(tmp_path)
    place.write_text(f"#!/bin/sh\ncat {tmp_path}/said\n")
    problem = answers.ask(str(place))["problem"]
    assert problem is not None
    assert problem.startswith("it does not start: exit status 0")
