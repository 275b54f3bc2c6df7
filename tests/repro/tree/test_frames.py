"""What py-spy tells of a process that goes on; and what is said where it tells nothing."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from repro.tree import frames, native


def tool(folder: Path, body: str) -> str:
    """A stand-in for py-spy."""
    path = folder / "py-spy"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_it_is_asked_not_to_stop_anybody(tmp_path: Path) -> None:
    """Each process is asked by itself, for locals, without blocking."""
    path = tool(tmp_path, """printf '[{"frames": [], "asked": "%s"}]' "$*\"""")
    found = frames.of([7, 8], path, 30.0)
    assert all(f"--pid {pid}" in told[0]["asked"] for pid, told in found.items() if not isinstance(told, str))
    assert ["--nonblocking" in told[0]["asked"] for told in found.values() if not isinstance(told, str)] == [True, True]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("echo 'Error: Permission Denied: try sudo' >&2; exit 1", "py-spy: Permission Denied: try sudo"),
        ("echo nonsense", "py-spy's answer can't be read"),
        ("echo {}", "py-spy's answer has another form"),
        ("exec sleep 60", "py-spy did not answer within"),
    ],
)
def test_what_it_cannot_do_is_said(tmp_path: Path, body: str, told: str) -> None:
    found = frames.of([7], tool(tmp_path, body), 0.5 if "sleep" in body else 30.0)[7]
    assert isinstance(found, str)
    assert found.startswith(told)


def test_what_moved_while_it_was_read_is_read_again(tmp_path: Path) -> None:
    """Not for ever; and what is not permitted is asked once."""
    count = 'echo >> "$0.asked"\n'
    moved = "echo 'Error: Bad address (os error 14)' >&2; exit 1"
    path = tool(tmp_path, count + f'if [ $(wc -l < "$0.asked") -lt 3 ]; then {moved}; fi; echo []')
    assert frames.of([7], path, 30.0)[7] == []
    for body, times in ((moved, frames.ATTEMPTS), ("echo 'Error: Permission Denied' >&2; exit 1", 1)):
        Path(f"{path}.asked").unlink()
        path = tool(tmp_path, count + body)
        assert isinstance(frames.of([7], path, 30.0)[7], str)
        assert len(Path(f"{path}.asked").read_text().splitlines()) == times


def test_what_cannot_be_started_and_what_has_no_time(tmp_path: Path) -> None:
    assert str(frames.of([7], str(tmp_path / "nowhere"), 30.0)[7]).startswith("py-spy could not be started")
    assert frames.of([7], str(tmp_path / "nowhere"), 0.0)[7] == frames.NO_TIME


@pytest.mark.skipif(native.tool() is None, reason="needs the extra [stacks]")
def test_a_process_is_read_with_its_values() -> None:
    """A Python of ours that waits in a function."""
    program = "def waits(number):\n    print(number, flush=True)\n    input()\nwaits(4711)"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        found = frames.of([process.pid], native.tool() or "", 30.0)[process.pid]
        process.kill()
    assert not isinstance(found, str), found
    (waits,) = (one for thread in found for one in thread["frames"] if one["name"] == "waits")
    assert {one["name"]: one["repr"] for one in waits["locals"]} == {"number": "4711"}
