"""The command line, as a user meets it: statuses, errors before anything is started, formats, colour, interruption."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tabulate import tabulate_formats

from repro.cli import COMMANDS, main
from repro.errors import AS_EXPECTED, DIFFERS, INCONCLUSIVE, INTERRUPTED, SOFTWARE, USAGE
from repro.observer import scheduler
from repro.plan import catalogue, interpreters
from repro.records import results
from repro.records.results import FILE
from repro.report import formats
from tests.repro import lab

ESCAPE = "\033["


@pytest.fixture
def nothing_starts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Fails the test if a cell is started or a run directory is made."""

    def started(*_arguments: object) -> None:
        raise AssertionError("a cell was started")

    monkeypatch.setattr(scheduler, "launch", started)
    monkeypatch.chdir(tmp_path)
    yield
    assert list(tmp_path.iterdir()) == []


def called(*arguments: str) -> int:
    """The exit status of a command line, run in this process."""
    try:
        return main(arguments)
    except SystemExit as error:  # argparse
        return int(error.code or 0)


# Wrong usage


@pytest.mark.usefixtures("nothing_starts")
@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["run", "--scenario", "sigkil"], "no scenario 'sigkil'; nearest: sigkill"),
        (["run", "--scenario", "sigk?l"], "no scenario 'sigk?l'; nearest: sigkill"),
        (["run", "--scenario", "ok", "--scenario", "segfalt"], "nearest: segfault"),
        (["run", "--scenario", "zzzzzz"], "there are: ok, sys-exit,"),
        (["run", "--scenario", "zzzzzz"], f", and {len(catalogue.scenarios()) - 20} more"),
        (["run", "--pool", "ProcesPoolExecutor"], "no pool 'ProcesPoolExecutor'; nearest: "),
        (["run", "--pool", "Poool"], "nearest: Pool"),
        (["run", "--operation", "mapp"], "no operation 'mapp'; nearest: map"),
        (["run", "--start-method", "frok"], "no start method 'frok'; nearest: fork"),
        (["run", "--python", "3.99"], "no Python '3.99'; nearest: "),
        (["run", "--python", "/nowhere/python3"], "no interpreter at /nowhere/python3"),
        (["run", "--timeout", "0"], "--timeout"),
        (["run", "--timeout", "soon"], "--timeout"),
        (["run", "--timeout", "nan"], "--timeout"),
        (["run", "--repeat", "0"], "--repeat"),
        (["run", "--jobs", "-1"], "--jobs"),
        (["run", "--scenrio", "ok"], "--scenrio"),
        (["run", "everything"], "everything"),
        (["frobnicate"], "frobnicate"),
        (["report"], "RUN"),
        (["show", "sigkil"], "no scenario 'sigkil'; nearest: sigkill"),
        (["script", "sigkil"], "no scenario 'sigkil'; nearest: sigkill"),
        (["script", "sigkill", "--pool", "Poool"], "nearest: Pool"),
        (
            ["script", "sigkill", "--operation", "submit"],
            "no operation of multiprocessing.Pool 'submit'; there are: map",
        ),
        (["script", "sigkill", "--start-method", "frok"], "nearest: fork"),
        (["script", "sig*"], "one scenario and one pool"),
        (["completion", "csh-oil"], "csh-oil"),
        (["list", "wishes"], "wishes"),
        (["list", "scenarios", "--tag", "memry"], "no tag 'memry'; nearest: memory"),
        (["list", "pools", "--tag", "memory"], "--tag memory: pools have no tags"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_names_the_nearest(arguments: list[str], phrase: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is not there ends with 64 and the nearest that is, before anything is started or written."""
    assert called(*arguments) == USAGE
    output = capsys.readouterr()
    assert phrase in output.err
    assert output.out == ""


@pytest.mark.usefixtures("nothing_starts")
def test_an_unknown_format_names_the_nearest(run_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A format that is neither ours nor tabulate's: 64, and the nearest that is."""
    assert called("report", str(run_directory), "--format", "markdwon") == USAGE
    assert "no format 'markdwon'; nearest: markdown" in capsys.readouterr().err


@pytest.mark.usefixtures("nothing_starts")
def test_no_command_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """Bare ``repro`` shows the help, and does nothing else."""
    assert called() == USAGE
    assert "repro run" in capsys.readouterr().out


# Help, version, completion, lists


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """--version prints the tool's name and version on stdout, and that it is not the other project of this name."""
    from safepool._version import __version__

    assert called("--version") == 0
    assert capsys.readouterr().out == f'repro {__version__} (of safepool; not PyPI\'s project "repro")\n'


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """--help of the tool names every command, with examples and the exit statuses; each command has its own."""
    assert called(*[name][: bool(name)], "--help") == 0
    text = capsys.readouterr().out
    assert text.startswith("usage: repro")
    if not name:
        assert set(COMMANDS) <= {line.split()[0] for line in text.splitlines() if line.startswith("    ")}
        assert "examples:" in text
        assert "130 Ctrl-C" in text


def test_help_loads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    """``repro --help`` answers at once because what takes time to import is not imported for it."""
    program = "import sys; from repro.cli import build_parser; build_parser().format_help(); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program],
        env=lab.environment(),
        text=True,
        capture_output=True,
        check=True,
        timeout=lab.DEADLINE,
    ).stdout.split()
    assert {"psutil", "tabulate", "tqdm", "findpython", "shtab", "multiprocessing", "asyncio", "numpy"} & set(
        loaded
    ) == set()


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_a_completion_script_is_one(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each shell's script names the commands, scenarios and pools; the shell itself, where it is here, can read it."""
    assert called("completion", shell) == 0
    text = capsys.readouterr().out
    assert all(word in text for word in ("sigkill", "forkserver", "--start-method", "report", "map-10us"))
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"no {shell} here to read it")
    read = subprocess.run(
        [program, "-n"], input=text, text=True, capture_output=True, timeout=lab.DEADLINE, check=False
    )
    assert (read.returncode, read.stderr) == (0, "")


def test_lists_name_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    """The three lists: every scenario, every pool with its operations, every Python with its path."""
    for what, names in (
        ("scenarios", catalogue.scenarios()),
        ("pools", catalogue.pools()),
        ("pythons", [one.path for one in interpreters.every()]),
    ):
        assert called("list", what) == 0
        text = capsys.readouterr().out
        assert all(name in text for name in names)


def test_a_tag_narrows_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    """``repro list scenarios --tag``: those with the tag and no others."""
    assert called("list", "scenarios", "--tag", "memory") == 0
    lines = capsys.readouterr().out.splitlines()[2:]
    with_tag = [entry.name for entry in catalogue.scenarios().values() if "memory" in entry.scenario.tags]
    assert [line.split()[0] for line in lines] == with_tag
    assert with_tag


@pytest.mark.parametrize("name", catalogue.scenarios())
def test_every_scenario_is_told(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """``repro show`` tells what dies, what the caller sees, why, where in the source, and what to do instead."""
    assert called("show", name) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"{name}: ")
    for heading in ("What dies", "What the caller sees", "Why", "Where", "Instead"):
        lines = text.split(f"\n{heading}\n")[1].splitlines()
        assert lines[0].strip()


# Reports


@pytest.mark.parametrize("name", [*formats.names(), *tabulate_formats])
def test_every_format_is_made_and_made_again(
    run_directory: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every format of ours and of tabulate's: a report, and from the same records the same bytes."""
    texts = []
    for path in (run_directory, run_directory / FILE):
        assert called("report", str(path), "--format", name) == 0
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]
    assert "sigkill" in texts[0]
    assert ESCAPE not in texts[0]


def test_csv_and_json_hold_every_cell(run_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What programs read holds all cells and says of each what the records say."""
    stored = {(cell["scenario"], cell["pool"]): cell["verdict"] for cell in results.read(run_directory).cells}
    called("report", str(run_directory), "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {(row["scenario"], row["pool"]): row["verdict"] for row in rows} == stored
    called("report", str(run_directory), "--format", "json")
    document = json.loads(capsys.readouterr().out)
    assert {(cell["scenario"], cell["pool"]): cell["verdict"] for cell in document["cells"]} == stored
    assert all(cell["as_expected"] for cell in document["cells"])
    assert document["footer"]["cells"] == len(stored)


def test_a_run_prints_its_report(run_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a run prints is what ``repro report`` makes of its records, then its costs, then where it is stored."""
    printed = (run_directory.parent / "printed").read_text()
    called("report", str(run_directory))
    report = capsys.readouterr().out
    assert printed.startswith(report)
    assert "CPU of the observer" in printed[len(report) :]
    assert f"Stored in {run_directory}" in printed.splitlines()[-1]


def test_the_table_says_what_happened(run_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A row for each scenario, a column for each pool, in words that the legend explains; then a sentence."""
    called("report", str(run_directory))
    text = capsys.readouterr().out
    rows = {line.split()[0]: line for line in text.splitlines() if line.startswith(("ok ", "sys-exit ", "sigkill "))}
    assert rows["ok"].split() == ["ok", "completed", "completed"]
    assert rows["sys-exit"].split() == ["sys-exit", "HANG", "PARENT", "EXIT", "1"]
    assert rows["sigkill"].split()[:4] == ["sigkill", "HANG", "raised", "BrokenProcessPool"]
    for verdict in ("completed: ", "raised: ", "HANG: ", "PARENT EXIT: "):
        assert sum(line.startswith(verdict) for line in text.splitlines()) == 1
    assert "multiprocessing.Pool hung for ever in 2" in text.replace("\n", " ")


@pytest.mark.parametrize(
    ("changes", "on_terminal", "coloured"),
    [
        ({"TERM": "xterm"}, True, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, True, False),
        ({"TERM": "xterm"}, False, False),
    ],
)
def test_colour_is_for_terminals_that_want_it(
    run_directory: Path, tmp_path: Path, changes: dict[str, str], on_terminal: bool, coloured: bool
) -> None:
    """Colour on a terminal; none in a file or a pipe, on a dumb terminal, or where NO_COLOR is set and not empty."""
    if not on_terminal:
        text = lab.command("report", run_directory, cwd=tmp_path, changes=changes).stdout
    else:
        text, status = in_terminal(["report", run_directory], tmp_path, changes)
        assert status == 0
    assert "HANG" in text
    assert (ESCAPE in text) == coloured


def in_terminal(
    arguments: list[str | Path], cwd: Path, changes: dict[str, str], type_when: tuple[Path, bytes] | None = None
) -> tuple[str, int]:
    """Run a command in a terminal of its own; returns what that showed, and the exit status.

    type_when: a file, and what is typed as soon as it holds a cell's record.
    """
    master, terminal = pty.openpty()

    def own_the_terminal() -> None:
        import fcntl
        import termios

        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    process = lab.start(
        arguments, cwd, changes, stdin=terminal, stdout=terminal, stderr=terminal, preexec_fn=own_the_terminal
    )
    os.close(terminal)
    shown = bytearray()

    def read() -> None:
        while True:
            try:
                data = os.read(master, 65536)
            except OSError:  # EIO: the last process at the terminal has gone
                return
            if not data:
                return
            shown.extend(data)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    with lab.ended(process):
        if type_when is not None:
            await_records(type_when[0], 1, process)
            os.write(master, type_when[1])
        status = process.wait(timeout=lab.DEADLINE)
    reader.join(timeout=lab.DEADLINE)
    os.close(master)
    return shown.decode(errors="replace"), status


# Exit statuses


@pytest.mark.parametrize(
    ("scenario", "miniature", "status", "phrase"),
    [
        ("ok", "honest", AS_EXPECTED, "completed"),
        ("sigkill", "honest", AS_EXPECTED, "raised Died"),
        ("ok", "loses_answer", DIFFERS, "lost instead of completed"),
        ("misfires", "honest", INCONCLUSIVE, "inconclusive"),
        ("sigkill", "cuts_stream", SOFTWARE, "harness error"),
        ("ok", "needs_module", AS_EXPECTED, "unsupported"),
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
    """0 as expected, or nothing to say; 1 news; 2 no evidence; 70 our own fault. The table is printed in every case."""
    pool, entry = lab.miniature(miniature), lab.scenario(scenario)
    monkeypatch.setattr(catalogue, "scenarios", lambda: {scenario: entry})
    monkeypatch.setattr(catalogue, "pools", lambda: {pool.name: pool})
    run = ["run", "--scenario", scenario, "--pool", "miniature", "--timeout", "60", "--output", str(tmp_path / "run")]
    assert called(*run) == status
    output = capsys.readouterr().out
    assert phrase in output
    assert "Stored in" in output
    assert called("report", str(tmp_path / "run")) == 0


def test_a_reader_who_leaves_is_no_catastrophe(run_directory: Path, tmp_path: Path) -> None:
    """``repro report | head -1``: no traceback."""
    process = lab.start(["report", run_directory, "--format", "json"], tmp_path)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    with lab.ended(process):
        errors = process.stderr.read()
        process.wait(timeout=lab.DEADLINE)
    process.stderr.close()
    assert "Traceback" not in errors
    assert "Exception ignored" not in errors


# Interruption


def await_records(file: Path, count: int, process: subprocess.Popen[str]) -> None:
    """Until the file holds that many cells."""
    deadline = time.monotonic() + lab.DEADLINE
    while not file.exists() or file.read_bytes().count(b"\n") < 1 + count:
        assert process.poll() is None, "the run ended before it was interrupted"
        assert time.monotonic() < deadline, "no cell was measured"
        time.sleep(0.01)


#: A run of which some cells end at once, and others would wait for an hour.
ENDLESS = [
    *("run", "--scenario", "ok", "--scenario", "sigkill", "--scenario", "os-exit", "--timeout", "3600"),
    *("--pool", "Pool", "--pool", "ProcessPoolExecutor", "--start-method", "*", "--output", "run"),
]


def test_interrupted_is_the_word_for_ctrl_c() -> None:
    """130 is 128 and the number of SIGINT."""
    assert INTERRUPTED == 128 + signal.SIGINT


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


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_stop_between_two_starts_leaves_nothing(count: int) -> None:
    """Stopped when one, two or three cells have just been started: those are ended (the fixture checks)."""
    started: list[object] = []
    run = scheduler.Scheduler([lab.miniature_cell("hangs") for _ in range(4)], 60.0, 4)

    def stop(_waiting: int, cell: object) -> None:
        started.append(cell)
        run.stop = len(started) == count

    run.progress = stop
    with pytest.raises(KeyboardInterrupt):
        list(run.run())
    assert len(started) == count


def test_a_killed_run_loses_nothing_that_was_measured(tmp_path: Path) -> None:
    """SIGKILL to the observer: what it had measured is there, line by line, and its report says that it is not whole. The
    processes, files and cgroups that it could not remove, the next run does (the fixture checks)."""
    process = lab.start([*ENDLESS, "--scenario", "oom"], tmp_path)
    with lab.ended(process):
        await_records(tmp_path / "run" / FILE, 2, process)
        process.kill()
        process.communicate(timeout=lab.DEADLINE)
    stored = results.read(tmp_path / "run")
    assert stored.footer is None
    assert len(stored.cells) >= 2
    report = lab.command("report", "run", cwd=tmp_path)
    assert report.returncode == 0
    assert "What the caller saw" in report.stdout
    assert f"it has {len(stored.cells)} of 24 cells, and no footer" in report.stderr
    assert lab.marked()  # its cells hang, and nobody watches
    assert lab.command(*QUICK, "--output", "next", cwd=tmp_path).returncode == 0


#: A run that is soon over.
QUICK = ["run", "--scenario", "ok", "--pool", "ProcessPoolExecutor", "--timeout", "60"]


def test_a_run_leaves_another_alone(tmp_path: Path) -> None:
    """A run that begins and ends beside another touches nothing of it: only what is nobody's is swept."""
    process = lab.start(ENDLESS, tmp_path)
    with lab.ended(process):
        await_records(tmp_path / "run" / FILE, 12, process)  # what ends by itself has ended: the other six hang
        hung = {pid for pid in lab.marked() if os.getsid(pid) != process.pid}
        assert hung
        assert lab.command(*QUICK, "--output", "beside", cwd=tmp_path).returncode == 0
        assert hung <= set(lab.marked())
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=lab.DEADLINE)
    assert process.returncode == INTERRUPTED
    assert all(cell["verdict"] in ("completed", "raised") for cell in results.read(tmp_path / "run").cells)


def test_a_long_way_to_the_temporary_files_is_not_the_pools_fault(tmp_path: Path) -> None:
    """Sockets have short names: with a long TMPDIR the forkserver would fail, and the pool be blamed for it."""
    place = tmp_path / ("long" * 20)
    place.mkdir()
    changes = {"TMPDIR": str(place)}
    ran = lab.command(*QUICK, "--start-method", "forkserver", "--output", "run", cwd=tmp_path, changes=changes)
    assert ran.returncode == 0, ran.stdout
    assert [cell["verdict"] for cell in results.read(tmp_path / "run").cells] == ["completed"]
    assert list(place.iterdir()) == []


# Full disks


def _full(process: subprocess.CompletedProcess[str], cwd: Path, directory: str) -> None:
    assert process.returncode == SOFTWARE, process.stderr
    assert f"writing to {directory}/{FILE} failed" in process.stderr
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
