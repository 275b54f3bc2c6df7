"""Where runs are, and which was the last one."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro import files
from repro.errors import RecordError, UsageError
from repro.records import runs


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own, and a working directory beside it."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "repro"


def test_runs_of_one_second_have_folders_of_their_own(state: Path) -> None:
    """None is written over; their names are in the order of their starts."""
    folders = []
    for _ in range(3):
        folders.append(runs.fresh())
        folders[-1].mkdir(parents=True)
    assert len(set(folders)) == 3 and {folder.parent for folder in folders} == {state / "runs"}
    assert runs.names() == sorted(folder.name for folder in folders)
    assert runs.find(Path(folders[1].name)) == folders[1]


def test_the_last_run_is_found_wherever_it_was_stored(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given by a path from where it was started, it is found from elsewhere; the next one takes its place."""
    Path("one").mkdir()
    runs.remember(Path("one"))
    expected = Path("one").absolute()
    monkeypatch.chdir("/")
    assert runs.find(Path("last")) == expected
    runs.fresh().mkdir(parents=True)
    runs.remember(runs.place() / runs.names()[0])
    assert runs.find(Path("last")) == runs.place() / runs.names()[0]


def test_what_is_there_is_meant_before_any_name() -> None:
    """A folder of that name; and what has a slash in it is a path, there or not."""
    Path("last").mkdir()
    assert runs.find(Path("last")) == Path("last")
    assert runs.find(Path("no/such")) == Path("no/such")
    assert runs.find(Path("no-such.jsonl")) == Path("no-such.jsonl")


def test_a_run_that_is_not_there_is_said(state: Path) -> None:
    """No last one yet, a last one that was removed, a name that is none."""
    with pytest.raises(RecordError, match="there is no last run"):
        runs.find(Path("last"))
    gone = Path("gone").absolute()
    runs.remember(gone)
    with pytest.raises(RecordError, match=f"the last run was stored in {gone}, and is there no more"):
        runs.find(Path("last"))
    (state / "runs" / "2026-01-02T03-04-05").mkdir(parents=True)
    with pytest.raises(UsageError, match="no run '2026-01-02'; nearest: 2026-01-02T03-04-05"):
        runs.find(Path("2026-01-02"))
    assert runs.names() == ["2026-01-02T03-04-05"]


def test_a_state_folder_that_can_not_be_written_costs_nothing(state: Path) -> None:
    """The run is stored elsewhere, and is none the worse."""
    state.parent.mkdir()
    state.write_text("a file where the folder would be")
    runs.remember(Path("one"))
    assert files.state("last") == state / "last"
    assert runs.names() == []
