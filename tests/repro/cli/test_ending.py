"""How a command ends: one status for each way out, one line, and a traceback that is kept and not shown."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from repro.cli import ending
from repro.errors import AS_EXPECTED, INTERRUPTED, READER_LEFT, SOFTWARE, USAGE, ReproError, UsageError
from tests.repro import lab

FULL = Path("/dev/full")


def raises(error: BaseException) -> int:
    """The status of a command that ends with an error."""

    def command() -> int:
        raise error

    return ending.ended(command)


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (UsageError("no scenario 'sigkil'"), USAGE, "repro: no scenario 'sigkil'\n"),
        (ReproError("writing failed"), SOFTWARE, "repro: writing failed\n"),
        (KeyboardInterrupt(), INTERRUPTED, "repro: interrupted\n"),
        (BrokenPipeError(32, "Broken pipe"), READER_LEFT, ""),
        (SystemExit(USAGE), USAGE, ""),
        (SystemExit(None), AS_EXPECTED, ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_a_known_end_is_a_line(
    error: BaseException, status: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The status that stands for it, what the error says, and no traceback anywhere (the fixture checks)."""
    assert raises(error) == status
    assert capsys.readouterr().err == line


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
        (RecursionError("too deep"), "RecursionError: too deep"),
        (PermissionError(13, "Permission denied", "/root/secret"), "/root/secret: Permission denied"),
        (PermissionError(13, "Permission denied", b"/root/\xff"), "/root/\\udcff: Permission denied"),
        (OSError(24, "Too many open files"), "OSError: [Errno 24] Too many open files"),
        (UnicodeEncodeError("utf-8", "\udcff", 0, 1, "surrogates not allowed"), "UnicodeEncodeError: 'utf-8' codec"),
        (AssertionError(), "AssertionError;"),
        (MemoryError("two\nlines"), "MemoryError: two lines;"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_what_nobody_foresaw_is_a_line_and_a_file(
    error: Exception, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """70, one line that says what it was and where the traceback is; and there it is."""
    assert raises(error) == SOFTWARE
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"repro: {said}")
    found = re.search(r"; its traceback is kept in (.+)$", line)
    assert found
    file = Path(found[1])
    kept = file.read_text("utf-8")
    file.unlink()
    assert "Traceback (most recent call last)" in kept
    assert f'test_ending.py", line {raises.__code__.co_firstlineno + 4}' in kept


def test_a_traceback_that_can_not_be_kept_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The disk is full, perhaps: then the line says where it happened."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    assert raises(ZeroDivisionError()) == SOFTWARE
    (line,) = capsys.readouterr().err.splitlines()
    assert "its traceback can't be kept (No such file or directory); it ends at " in line
    assert line.endswith(f"test_ending.py:{raises.__code__.co_firstlineno + 4}")


def shell(command: str, cwd: Path, **changes: str) -> subprocess.CompletedProcess[bytes]:
    """A command line of bash in which ``repro`` is the one under test; its status is that of ``repro``."""
    program = f'repro() {{ "{sys.executable}" -m repro "$@"; }}; {command}'
    return subprocess.run(
        ["bash", "-c", program],
        env=lab.environment(changes),
        cwd=cwd,
        capture_output=True,
        timeout=lab.DEADLINE,
        check=False,
    )


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["list scenarios", "--help", "--version", "show oom", "script sys-exit"])
def test_a_reader_who_leaves_ends_it_quietly(tmp_path: Path, command: str, unbuffered: str) -> None:
    """``| head``: 141, as for a program that SIGPIPE ends, and not a word."""
    reader, writer = os.pipe()
    os.close(reader)
    ran = lab.command(*command.split(), cwd=tmp_path, changes={"PYTHONUNBUFFERED": unbuffered}, stdout=writer)
    os.close(writer)
    assert (ran.returncode, ran.stderr) == (128 + signal.SIGPIPE, "")


@pytest.mark.parametrize("command", ["list scenarios", "--help", "--version", "show oom", "script sys-exit"])
def test_a_closed_output_is_said_before_anything_is_done(tmp_path: Path, command: str) -> None:
    """``>&-``: nobody would see the answer."""
    ran = shell(f"repro {command} >&-", tmp_path)
    assert ran.returncode == SOFTWARE
    assert ran.stderr.startswith(b"repro: standard output is closed")
    assert ran.stderr.count(b"\n") == 1


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["list scenarios", "--help", "--version", "show oom", "script sys-exit"])
def test_a_full_disk_behind_the_output_is_said(tmp_path: Path, command: str, unbuffered: str) -> None:
    """``> /dev/full``: 70, one line, also where there is little to be written, and that only when the program ends."""
    ran = shell(f"repro {command} > {FULL}", tmp_path, TMPDIR=str(tmp_path), PYTHONUNBUFFERED=unbuffered)
    assert ran.returncode == SOFTWARE
    assert ran.stderr.startswith(
        b"repro: can't write to standard output: No space left on device; its traceback is kept"
    )
    assert ran.stderr.count(b"\n") == 1


def test_without_a_standard_error_the_status_is_the_same(tmp_path: Path) -> None:
    """Closed or full: nobody is told, and what was to be said there is not said elsewhere."""
    for place in ("2>&-", f"2>{FULL}"):
        ran = shell(f"repro show sigkil {place}", tmp_path)
        assert (ran.returncode, ran.stdout) == (USAGE, b""), place


def test_all_three_streams_may_be_closed(tmp_path: Path) -> None:
    """What is opened next is never taken for one of them."""
    ran = shell("repro show sigkil <&- >&- 2>&-", tmp_path)
    assert ran.returncode == SOFTWARE
    program = "import os; from repro.cli import ending; print(ending.ended(lambda: os.open('/dev/null', 0)) > 2)"
    assert shell(f'"{sys.executable}" -c "{program}" <&- 2>&-', tmp_path).stdout == b"True\n"


@pytest.mark.parametrize(
    "changes",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "utf-8"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_an_encoding_has_no_letter_for_is_printed_as_its_number(tmp_path: Path, changes: dict[str, str]) -> None:
    """In whatever locale, names in every alphabet, and such as are no text at all, are printed, not a traceback."""
    name = os.fsdecode(b"\xff\xc3\xa9")
    ran = shell(f"repro show '{name}'", tmp_path, **changes)
    assert ran.returncode == USAGE
    assert b"no scenario '" in ran.stderr
    assert b"Traceback" not in ran.stderr
    program = "from repro.cli import ending; ending.ended(lambda: print('\\udcff \\xe9 \\U0001f40d') or 0)"
    printed = shell(f'"{sys.executable}" -c "{program}"', tmp_path, **changes)
    assert printed.returncode == 0
    assert printed.stdout.startswith(b"\\udcff ")
