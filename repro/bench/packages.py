"""Which safepool is measured: this checkout's, another checkout's, a commit's; and how that is proven.

Each side of a comparison gets a folder with copies: of its own safepool, and of this checkout's measuring program. Copies, not
links: a file that somebody saves while the rounds go on changes no figure, and both sides lie on one file system. What is
imported is compiled, as it is for users, whatever PYTHONDONTWRITEBYTECODE says, and into a folder of the side's own.

Another safepool can hide anywhere on the path: in site-packages, in an editable install. So the measured program says which one
it and its workers imported, and figures of another one than the side's are refused.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from repro.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]

#: What runs in the measured process, beside safepool: files and folders of this checkout.
PROGRAM = ("repro/__init__.py", "repro/bench/__init__.py", "repro/bench/subject")


class Package(NamedTuple):
    """A safepool that can be measured. folder: its checkout. origin: the commit, where there is one, or the folder."""

    folder: Path
    origin: str
    version: str


class Side(NamedTuple):
    """One safepool, staged. name: "this" or "other". folder: where its copies lie."""

    name: str
    folder: Path
    package: Package

    def environment(self) -> dict[str, str]:
        """The user's environment, in which this safepool comes before all others, and imports are compiled."""
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        path = [str(self.folder / "path"), os.environ.get("PYTHONPATH", "")]
        return kept | {
            "PYTHONPATH": os.pathsep.join(filter(None, path)),
            "PYTHONPYCACHEPREFIX": str(self.folder / "compiled"),
        }

    def refusal(self, said: object) -> str:
        """Why figures are not this side's, or nothing. said: what the measured program tells of the safepool that it measured."""
        file = str(self.folder / "path" / "safepool" / "__init__.py")
        wanted = {"caller": file, "worker": file, "version": self.package.version}
        if said == wanted:
            return ""
        return f"measured another safepool: {said or 'it does not say which'}, not {wanted}"


@contextmanager
def staged(checkout: str | None = None) -> Iterator[list[Side]]:
    """The sides to measure: this checkout, and the other one where it is given: its folder, or a commit. Raises UsageError.

    Nothing of them is left afterwards; a checkout or repository is only read.
    """
    with tempfile.TemporaryDirectory(prefix="repro-bench-", ignore_cleanup_errors=True) as folder:
        root = Path(folder).resolve()  # as the measured program will see it
        packages = {"this": package_in(ROOT, ROOT)}
        if checkout is not None:
            packages["other"] = other(checkout, root / "commit")
        sides = [Side(name, root / str(number), one) for number, (name, one) in enumerate(packages.items())]
        for side in sides:
            _copy(side.package.folder / "safepool", side.folder / "path" / "safepool")
            for part in PROGRAM:
                _copy(ROOT / part, side.folder / "path" / part)
        yield sides


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copyfile(source, target)


def other(checkout: str, empty: Path) -> Package:
    """The safepool of a folder, or of a commit, which is unpacked into the folder `empty`. Raises UsageError."""
    folder = Path(checkout)
    if (folder / "safepool" / "__init__.py").is_file():
        return package_in(folder.resolve(), folder)
    why = f"--against {checkout}: no folder with safepool/__init__.py in it"
    for repository in dict.fromkeys([ROOT, Path.cwd()]):
        # an archive, not a worktree: nothing is written to the repository, and nothing is left in it if we are killed
        commit = "" if checkout.startswith("-") else git(repository, "rev-parse", "--verify", checkout + "^{commit}")
        if commit:
            # from the top: in a folder below, where an installed copy of this may lie, git would look for safepool there
            top = Path(git(repository, "rev-parse", "--show-toplevel") or repository)
            packed = _git(top, "archive", "--format=tar", commit, "safepool")
            if packed.returncode:
                raise UsageError(f"--against {checkout}: commit {commit[:12]} has no safepool")
            with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
                archive.extraction_filter = getattr(
                    tarfile, "data_filter", None
                )  # not in the first releases of 3.10 and 3.11
                archive.extractall(empty)
            return package_in(empty, Path(commit[:12]))
    if not shutil.which("git"):
        raise UsageError(f"{why}, and there is no git to look for a commit")
    if not git(ROOT, "rev-parse", "--git-dir") and not git(Path.cwd(), "rev-parse", "--git-dir"):
        raise UsageError(f"{why}, and this is no git repository that could have such a commit")
    raise UsageError(f"{why}, and no commit of this repository")


def package_in(folder: Path, called: Path) -> Package:
    """The safepool of a checkout. called: how a reader knows it. Raises UsageError where its version can't be told."""
    try:
        text = (folder / "safepool" / "_version.py").read_text("utf-8")
    except OSError as error:
        raise UsageError(f"{called}: can't read safepool/_version.py: {error.strerror}") from None
    version = re.search(r"""^__version__\s*=\s*["']([^"']+)["']""", text, re.MULTILINE)
    if version is None:
        raise UsageError(f"{called}: safepool/_version.py names no version")
    # only where it is kept by git: a site-packages inside of somebody's repository is none of that repository's commits
    tracked = git(folder, "ls-files", "safepool/__init__.py")
    commit = tracked and git(folder, "describe", "--always", "--abbrev=12", "--exclude=*", "--dirty=, changed")
    return Package(folder, commit or str(called), version[1])


def git(repository: Path, *arguments: str) -> str:
    """What git answers; nothing where it fails or is not there."""
    answer = _git(repository, *arguments)
    return "" if answer.returncode else answer.stdout.decode(errors="replace").strip()


def _git(repository: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Without its optional locks git writes no index; in a session of its own it is none of Ctrl-C's."""
    command = ["git", "--no-optional-locks", "-C", str(repository), *arguments]
    try:
        return subprocess.run(command, capture_output=True, check=False, start_new_session=True)
    except FileNotFoundError:
        return subprocess.CompletedProcess(arguments, 127, b"", b"no git")
