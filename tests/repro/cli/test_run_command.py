"""``repro run``: what it prints, its statuses, interruption, full disks."""

from __future__ import annotations

import io
import json
import re
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from repro.cli.run_command import status_of
from repro.errors import AS_EXPECTED, DIFFERS, INCONCLUSIVE, INTERRUPTED, NOTHING_RAN, SOFTWARE, USAGE
from repro.plan import catalogue
from repro.records import results
from repro.records.planned import whole_key
from repro.records.results import FILE
from repro.verdicts.judge import Verdict
from tests.repro import lab
from tests.repro.cells import cell
from tests.repro.cli.commands import ENDLESS, QUICK, await_records, called, in_terminal


def test_a_run_prints_its_report(run_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a run prints is what ``repro report`` makes of its records, then whether all was as known, then where it is stored."""
    printed = (run_directory.parent / "printed").read_text()
    called("report", str(run_directory))
    report = capsys.readouterr().out
    assert printed.startswith(report)
    assert re.search(r"\n6 cells in \d+ s: every cell is as expected\.\n", printed[len(report) :])
    assert f"Stored in {run_directory}" in printed.splitlines()[-1]


def test_scenarios_are_named_and_pools_come_from_files(tmp_path: Path) -> None:
    """``repro run ok --pool FILE``: without --output the run is kept where others are, and is the last one."""
    adapter = lab.HERE / "adapters" / "good.py"
    changes = {"XDG_STATE_HOME": str(tmp_path / "state")}
    ran = lab.command("run", "ok", "--pool", adapter, "--timeout", 60, cwd=tmp_path, changes=changes)
    assert ran.returncode == AS_EXPECTED, ran.stderr
    refused = ["run", "ok", "--pool", adapter, "--timeout", 60, "--fail-on", "completed"]
    failed = lab.command(*refused, cwd=tmp_path, changes=changes)
    assert failed.returncode == DIFFERS
    assert "1 came to completed; ok, good.submit, " in failed.stdout
    told = lab.command("report", "last", "--format", "json", cwd=Path("/"), changes=changes)
    (cell,) = json.loads(told.stdout)["cells"]
    assert (cell["scenario"], cell["pool"], cell["verdict"]) == ("ok", "good", "completed")
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


@pytest.mark.parametrize(
    ("scenario", "miniature", "status", "phrase"),
    [
        ("ok", "honest", AS_EXPECTED, "completed"),
        ("sigkill", "honest", AS_EXPECTED, "raised Died"),
        ("ok", "loses_answer", DIFFERS, "lost instead of completed"),
        ("misfires", "honest", INCONCLUSIVE, "inconclusive"),
        ("sigkill", "cuts_stream", SOFTWARE, "harness error"),
        ("ok", "needs_module", NOTHING_RAN, "Nothing ran in miniature"),
    ],
)
def test_the_status_says_how_it_went(
    scenario: str,
    miniature: str,
    status: int,
    phrase: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """0 as expected; 1 news; 2 no evidence; 3 nothing ran; 70 our own fault. The table is printed in every case."""
    pool, entry = lab.miniature(miniature), lab.scenario(scenario)
    monkeypatch.setattr(catalogue, "scenarios", lambda: {scenario: entry})
    monkeypatch.setattr(catalogue, "pools", lambda: {pool.name: pool})
    run = ["run", "--scenario", scenario, "--pool", "miniature", "--timeout", "60", "--output", str(tmp_path / "run")]
    assert called(*run) == status
    output = capsys.readouterr().out
    assert phrase in output
    assert "Stored in" in output
    assert called("report", str(tmp_path / "run")) == 0


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ([Verdict.COMPLETED, Verdict.RAISED], AS_EXPECTED),
        ([Verdict.COMPLETED, Verdict.HANG], DIFFERS),
        ([Verdict.LIVELOCK], DIFFERS),
        ([Verdict.LOST], DIFFERS),
        ([Verdict.PARENT_EXIT], DIFFERS),
        ([Verdict.UNSUPPORTED] * 2, NOTHING_RAN),
        ([Verdict.UNSUPPORTED, Verdict.COMPLETED], AS_EXPECTED),
        ([Verdict.INCONCLUSIVE, Verdict.RAISED], INCONCLUSIVE),
        ([Verdict.INCONCLUSIVE, Verdict.HANG], DIFFERS),
        ([Verdict.HARNESS_ERROR, Verdict.HANG], SOFTWARE),
    ],
)
def test_the_status_of_a_pool_of_which_nothing_is_known(verdicts: list[Verdict], status: int) -> None:
    """A third party's: that it works is no news, and that it hangs, or loses results, is."""
    assert status_of([cell(verdict, pool="a.third.Partys") for verdict in verdicts]) == status


def test_a_program_that_never_begins_is_nothing_that_ran() -> None:
    """An interpreter that answers what it is, and starts nothing: no cell says anything of a pool, or of us."""
    none = [cell(Verdict.HARNESS_ERROR, began=False), cell(Verdict.UNSUPPORTED)]
    assert status_of(none) == NOTHING_RAN
    assert status_of([*none, cell(Verdict.HANG)]) == SOFTWARE


def test_a_run_that_was_cut_short_is_resumed(
    run_directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed in the middle of a line: what is missing is run, as it would have been, and added; the record says so. What was
    measured stays as it was. Then there is nothing more to be run."""
    header, *cells, _footer = (run_directory / FILE).read_text("utf-8").splitlines()
    hangs = [line for line in cells if '"verdict": "hang"' in line]
    (tmp_path / FILE).write_text("\n".join([header, *hangs]) + "\n" + cells[0][:100])
    assert called("run", "--resume", str(tmp_path)) == AS_EXPECTED
    output = capsys.readouterr().out
    assert "cut short, and resumed on" in output and "not run" not in output
    after = (tmp_path / FILE).read_text("utf-8").splitlines()
    assert after[: 1 + len(hangs)] == [header, *hangs]
    stored, whole = results.read(tmp_path), results.read(run_directory)
    assert [one["missing"] for one in stored.resumed] == [len(cells) - len(hangs)]
    assert stored.footer is not None and stored.footer["cells"] == len(cells)
    assert sorted(map(whole_key, stored.cells)) == sorted(map(whole_key, whole.cells))
    assert called("run", "--resume", str(tmp_path)) == USAGE
    assert "is whole: it has all of its 6 cells" in capsys.readouterr().err
    assert (tmp_path / FILE).read_text("utf-8").splitlines() == after


MACHINE = {"system": "BeOS", "kernel": "5", "architecture": "x86", "cores": 1, "memory_bytes": 0}


@pytest.mark.usefixtures("nothing_starts")
@pytest.mark.parametrize(
    ("changes", "options", "phrase"),
    [
        ({}, ["--scenario", "ok"], "--scenario is for a new run"),
        ({}, ["--timeout", "5"], "--timeout is for a new run"),
        ({"plan": {}}, [], "it does not say which cells it was to have"),
        ({"tool": "0.0"}, [], "repro was 0.0 when it began"),
        ({"machine": MACHINE}, [], "the machine's system was BeOS when it began, and is "),
        ({"pools": {}}, [], "with Python 3.11"),
        ({"interpreters": []}, [], "the Python in "),
        (
            {"plan": {"gone": {"multiprocessing.Pool": {"map": {"fork": ["3.8.0"]}}}}, "planned": 1},
            [],
            "no scenario 'gone'",
        ),
        ({"plan": {"ok": 1}}, [], "the header's plan is malformed"),
        ({"planned": 7}, [], "the header's plan has 6 cells, 1 times, and not 7"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_run_of_something_else_is_not_resumed(
    changes: dict[str, object],
    options: list[str],
    phrase: str,
    run_directory: Path,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Another machine, another version, other cells: a run is of one. Nothing is started, and its file stays as it is."""
    folder = tmp_path_factory.mktemp("other")
    header = json.loads((run_directory / FILE).read_text("utf-8").splitlines()[0])
    (folder / FILE).write_text(json.dumps({**header, **changes}) + "\n")
    before = (folder / FILE).read_bytes()
    assert called("run", "--resume", str(folder), *options) == USAGE
    assert phrase in capsys.readouterr().err
    assert (folder / FILE).read_bytes() == before


@pytest.mark.parametrize(
    ("signals", "status"),
    [
        ([signal.SIGINT], INTERRUPTED),
        ([signal.SIGINT] * 3, INTERRUPTED),
        ([signal.SIGTERM], 143),
        ([signal.SIGHUP], 129),
    ],
    ids=["Ctrl-C", "Ctrl-C three times", "SIGTERM", "SIGHUP"],
)
def test_an_interrupted_run_keeps_what_was_measured(tmp_path: Path, signals: list[signal.Signals], status: int) -> None:
    """Interrupted, a run ends soon though its cells would wait for an hour; what was measured is printed and kept; nothing
    is left (the fixture checks)."""
    process = lab.start(ENDLESS, tmp_path)
    with lab.ended(process):
        await_records(tmp_path / "run" / FILE, 2, process)
        for number in signals:
            process.send_signal(number)
        output, errors = process.communicate(timeout=lab.DEADLINE)
    stored = results.read(tmp_path / "run")
    assert stored.footer is not None
    assert stored.footer["interrupted"] is True
    assert len(stored.cells) >= 2
    assert f"repro: interrupted after {len(stored.cells)} of 18 cells" in errors
    assert "What the caller saw" in output
    assert "Stored in run" in output
    # a second signal may come when all is done and the interpreter itself is about to end
    assert process.returncode == status or (len(signals) > 1 and process.returncode == -signals[0])
    assert "Traceback" not in output


def test_ctrl_c_at_a_terminal(tmp_path: Path) -> None:
    """Typed at a terminal, Ctrl-C reaches the observer alone; the result is the same."""
    shown, status = in_terminal(ENDLESS, tmp_path, {"TERM": "xterm"}, type_when=(tmp_path / "run" / FILE, b"\x03"))
    assert status == INTERRUPTED
    assert "repro: interrupted after" in shown
    assert "What the caller saw" in shown
    assert results.read(tmp_path / "run").footer is not None


def test_a_long_way_to_the_temporary_files_is_not_the_pools_fault(tmp_path: Path) -> None:
    """Sockets have short names: with a long TMPDIR the forkserver would fail, and the pool be blamed for it."""
    place = tmp_path / ("long" * 20)
    place.mkdir()
    changes = {"TMPDIR": str(place)}
    ran = lab.command(*QUICK, "--start-method", "forkserver", "--output", "run", cwd=tmp_path, changes=changes)
    assert ran.returncode == 0, ran.stdout
    assert [cell["verdict"] for cell in results.read(tmp_path / "run").cells] == ["completed"]
    assert list(place.iterdir()) == []


def _full(process: subprocess.CompletedProcess[str], cwd: Path, directory: str) -> None:
    assert process.returncode == SOFTWARE, process.stderr
    assert f"writing to {directory}/{FILE} failed" in process.stderr
    assert process.stderr.endswith(f"; once that is mended: repro run --resume {directory}\n")
    assert "Traceback" not in process.stderr
    stored = results.read(cwd / directory)
    assert stored.footer is None
    assert 0 < len(stored.cells) < 30
    assert "What the caller saw" in process.stdout


FILLING = [*QUICK, "--repeat", "30"]


def test_a_file_that_may_not_grow_is_said(tmp_path: Path) -> None:
    """At the limit of a file's size the run ends with 70 and what the matter is; what was measured is kept and printed."""
    limit = 30_000

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    _full(lab.command(*FILLING, "--output", "run", cwd=tmp_path, preexec_fn=limited), tmp_path, "run")


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    """On a disk that is really full, the same: a file system of 32 KiB, where one may be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    mounted = (
        mount is not None
        and not subprocess.run(
            [mount, "-t", "tmpfs", "-o", "size=32k", "tmpfs", str(disk)],
            capture_output=True,
            timeout=lab.DEADLINE,
            check=False,
        ).returncode
    )
    if not mounted:
        pytest.skip("no file system can be mounted here")
    try:
        result = lab.command(*FILLING, "--output", "disk/run", cwd=tmp_path)
        _full(result, tmp_path, "disk/run")
        assert "No space left on device" in result.stderr
    finally:
        subprocess.run(["umount", str(disk)], timeout=lab.DEADLINE, check=True)


def test_a_run_without_a_terminal_says_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On standard error, at each look here; the report has nothing of it."""
    monkeypatch.setattr("repro.progress.EVERY", 0.0)
    told = io.StringIO()
    monkeypatch.setattr(sys, "stderr", told)
    assert called(*QUICK, "--output", str(tmp_path / "run")) == 0
    assert "repro: 0 of 1 cells after 0 s, none differs from what is known\n" in told.getvalue()
