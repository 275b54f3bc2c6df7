"""Memory cgroups, version 1 and 2, in folders that look like the kernel's: what is written, what is read, and where one is made.

A real version 2 memory controller is rare where these tests run; the files and their rules are those of
Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from repro.observer import cgroup


class Kernel:
    """A cgroup file system in a folder: a new group gets the files of its controllers, as the kernel gives them."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.offers: set[Path] = set()
        self.files = {"memory.max": "max\n", "memory.swap.max": "max\n", "memory.events": "low 0\noom 0\noom_kill 0\n"}
        make, remove = Path.mkdir, Path.rmdir

        def mkdir(path: Path, *arguments: object, **keywords: object) -> None:
            make(path, *arguments, **keywords)  # type: ignore[arg-type]
            if path.parent in self.offers:
                for name, text in self.files.items():
                    (path / name).write_text(text)

        def rmdir(path: Path) -> None:
            for file in path.iterdir() if path.name.startswith("repro-oom-") else ():
                file.unlink()
            remove(path)

        monkeypatch.setattr(Path, "mkdir", mkdir)
        monkeypatch.setattr(Path, "rmdir", rmdir)
        self.memberships, self.mounts = root.parent / "cgroup", root.parent / "mounts"
        monkeypatch.setattr(cgroup, "MEMBERSHIPS", self.memberships)
        monkeypatch.setattr(cgroup, "MOUNTS", self.mounts)

    def groups(self) -> list[Path]:
        return sorted(self.root.rglob("repro-oom-*"))


@pytest.fixture
def second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    """Version 2: this process is in user.slice/session, and only user.slice hands the memory controller to its children."""
    root = tmp_path / "cgroup2"
    own = root / "user.slice" / "session"
    own.mkdir(parents=True)
    kernel = Kernel(root, monkeypatch)
    kernel.offers = {root / "user.slice"}
    kernel.memberships.write_text("0::/user.slice/session\n")
    kernel.mounts.write_text(f"cgroup2 {root} cgroup2 rw,nosuid,nodev,noexec,relatime 0 0\nproc /proc proc rw 0 0\n")
    return kernel


def test_a_group_is_made_where_the_controller_is_handed_on(second: Kernel) -> None:
    """Its own group does not (no internal processes): there nothing is left, and the nearest ancestor that does has it."""
    group = cgroup.make()
    assert group is not None
    assert (group.version, group.path.parent) == (2, second.root / "user.slice")
    assert (group.path / cgroup.limit_file(2)).read_text() == str(cgroup.LIMIT)
    assert (group.path / "memory.swap.max").read_text() == "0", "without it the worker swaps instead of being killed"
    assert second.groups() == [group.path]
    group.remove()
    assert second.groups() == []


def test_the_counter_is_of_kills_and_not_of_attempts(second: Kernel) -> None:
    """``oom`` counts how often the limit was reached, ``oom_kill`` the processes that were killed."""
    group = cgroup.make()
    assert group is not None
    assert group.oom_kills() == 0
    (group.path / "memory.events").write_text("low 0\nhigh 0\nmax 31\noom 7\noom_kill 2\noom_group_kill 1\n")
    assert group.oom_kills() == 2
    (group.path / "memory.events").write_text("low 0\noom 7\n")
    with pytest.raises(OSError, match=r"has no oom_kill counter"):
        group.oom_kills()


def test_without_swap_accounting_there_is_still_a_group(second: Kernel) -> None:
    """A kernel without swap has no file for it."""
    del second.files["memory.swap.max"]
    group = cgroup.make()
    assert group is not None
    assert not (group.path / "memory.swap.max").exists()


def test_without_the_memory_controller_there_is_no_group(second: Kernel) -> None:
    """A hierarchy whose groups have no memory files (here, and in most containers): None, and nothing is left behind."""
    second.offers = set()
    assert cgroup.make() is None
    assert second.groups() == []


@pytest.mark.parametrize("missing", ["memory.max", "memory.events"])
def test_a_group_that_lacks_a_file_is_not_used(second: Kernel, missing: str) -> None:
    """Neither one that can't be limited, nor one whose kills can't be counted: without evidence there is no verdict."""
    del second.files[missing]
    assert cgroup.make() is None
    assert second.groups() == []


def test_groups_of_the_gone_are_swept(second: Kernel) -> None:
    """Those of a run whose process is gone; not those of one that lives."""
    gone = next(pid for pid in range(4_000_000, 5_000_000) if not Path(f"/proc/{pid}").exists())
    for pid in (gone, os.getpid()):
        (second.root / "user.slice" / f"repro-oom-{pid}-1").mkdir()
    cgroup.sweep()
    assert [path.name for path in second.groups()] == [f"repro-oom-{os.getpid()}-1"]


def test_version_1_has_its_own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where both versions are mounted, the one that has the memory controller is used."""
    root = tmp_path / "memory"
    (root / "job").mkdir(parents=True)
    kernel = Kernel(root, monkeypatch)
    kernel.offers = {root / "job"}
    kernel.files = {
        **{"memory.limit_in_bytes": "-1\n", "memory.memsw.limit_in_bytes": "-1\n"},
        "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n",
    }
    kernel.memberships.write_text("9:cpu,memory:/job\n0::/job\n")
    unified = tmp_path / "unified"
    (unified / "job").mkdir(parents=True)
    kernel.mounts.write_text(f"cgroup {root} cgroup rw,cpu,memory 0 0\ncgroup2 {unified} cgroup2 rw 0 0\n")
    group = cgroup.make()
    assert group is not None
    assert (group.version, group.path.parent) == (1, root / "job")
    assert (group.path / cgroup.limit_file(1)).read_text() == str(cgroup.LIMIT)
    assert (group.path / "memory.memsw.limit_in_bytes").read_text() == str(cgroup.LIMIT)
    assert group.oom_kills() == 3


def test_no_cgroups_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another operating system: no group, and no error."""
    monkeypatch.setattr(cgroup, "MEMBERSHIPS", tmp_path / "nowhere")
    assert cgroup.make() is None
    cgroup.sweep()


@pytest.mark.parametrize(
    ("script", "gives"),
    [
        (f"echo {cgroup.LIMIT}", True),
        ("echo max", False),  # no memory controller for users: systemd starts the program, and sets no limit
        ("exit 0", False),  # cgroups of version 1
        (f"echo {cgroup.LIMIT + 4096}", False),
        ("echo 'Failed to connect to bus' >&2; exit 1", False),
    ],
)
def test_systemd_is_believed_when_the_limit_was_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, gives: bool
) -> None:
    """That it starts the program is no evidence. ``script`` is what its program prints."""
    tool = tmp_path / "systemd-run"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    cgroup.systemd_gives.cache_clear()
    try:
        assert cgroup.systemd_gives() is gives
    finally:
        cgroup.systemd_gives.cache_clear()


def test_systemd_leaves_the_scope_alone_after_an_oom_kill() -> None:
    """Its default is to stop a scope (systemd.scope(5), OOMPolicy): a pool that hangs would be seen to end."""
    command = cgroup.by_systemd(1 << 20)
    assert "Delegate=yes" in command and "MemoryMax=1048576" in command and command[-1] == "--"
