"""Tell what is wrong with a job that hangs right now: look at its processes from outside, and change nothing.

It says what it is, how sure that is (certain: what was seen leaves nothing else; likely: it fits best, and something that would
prove it could not be seen), what it rests on, and what to do now. With the extra [stacks] (py-spy) it sees where each
thread is; as root, or with CAP_SYS_PTRACE, it may look at other users' processes. The target is never stopped.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from repro.cli.formats import add_format, check_format
from repro.errors import AS_EXPECTED, DIFFERS, INCONCLUSIVE, INTERRUPTED, SHOWN, UsageError

if TYPE_CHECKING:
    from repro.diagnose.diagnosis import Diagnosis
    from repro.diagnose.snapshot import Snapshot

#: So much of a command is shown, in characters, where it tells programs apart.
COMMAND = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "target",
        metavar="PID|FILE",
        nargs="?",
        help="the program, or one of its workers; or a snapshot that was saved with --save",
    )
    parser.add_argument("--name", metavar="PATTERN", help="programs with this regular expression in their command")
    parser.add_argument("--all", action="store_true", help="each Python program of this user that has children")
    add_format(parser, "diagnose", "; with --watch, json is an object a line")
    parser.add_argument(
        "--watch",
        action="store_true",
        help="follow the program until it ends, at less than 1 %% of a core: tell each worker's death at once, and what it cost",
    )
    parser.add_argument("--save", type=Path, metavar="FILE", help="keep what was seen, without values; .xz packs it")
    parser.add_argument(
        "--values", action="store_true", help="with values of local variables, and arguments, in what is kept"
    )


def run(arguments: argparse.Namespace) -> int:
    from repro.diagnose import diagnosis
    from repro.diagnose.redacted import redacted

    if sum((arguments.target is not None, arguments.name is not None, arguments.all)) != 1:
        raise UsageError("what is to be looked at? one of: a PID, a FILE, --name PATTERN, --all")
    if arguments.watch:
        return _watch(arguments)
    check_format("diagnose", arguments.format)
    several = _snapshots(arguments)
    if arguments.format == "html" and not arguments.values:
        several = [redacted(one) for one in several]
    found = diagnosis.apart([(diagnosis.diagnose(one), one) for one in several])
    _print(found, arguments.format)  # first: whatever becomes of the file, this moment does not come again
    if arguments.save is not None:
        _save(arguments, [one for _, one in found])
    return status_of([one.status for one, _ in found])


def _watch(arguments: argparse.Namespace) -> int:
    import time

    from repro.cli.output import prose_width
    from repro.diagnose import reports, targets
    from repro.diagnose.diagnosis import diagnose
    from repro.diagnose.follow import follow

    check_format("diagnose", arguments.format, ("text", "json"), " of what goes on (--watch)")
    told = arguments.target
    if arguments.save is not None or arguments.all or (told is not None and not told.isdigit()):
        raise UsageError("--watch follows one program that goes on: a PID, or --name PATTERN; --save keeps one moment")
    pids = targets.by_name(arguments.name) if told is None else [targets.by_number(told)]
    if len(pids) > 1:
        raise UsageError(
            f"--watch follows one program, and {len(pids)} have {arguments.name!r} in their command: {_one_of(pids)}"
        )

    def tell(report: reports.Report) -> None:
        print(reports.line(report, arguments.format, time.time(), prose_width()), flush=True)

    found = diagnose(_look(pids[0]))
    if found.belongs:
        tell(reports.belongs(found))
    try:
        return follow(found.pid, tell).status
    except KeyboardInterrupt:
        return INTERRUPTED  # it has said so


def _one_of(pids: list[int]) -> str:
    """What there is to choose from."""
    from repro.diagnose import targets

    told = [f"{pid} ({targets.command_of(pid)[:COMMAND] or 'it has ended'})" for pid in pids[:SHOWN]]
    several = ", ".join([*told, *["..."] * (len(pids) > SHOWN)])
    return f"give a PID: {several}" if several else "give a PID"


def status_of(several: list[int]) -> int:
    """Of several programs: 1 where one is stuck, else 2 where one can't be told, else 0."""
    return next((status for status in (DIFFERS, INCONCLUSIVE) if status in several), AS_EXPECTED)


def _print(found: list[tuple[Diagnosis, Snapshot]], name: str) -> None:
    from repro.cli.output import print_json, prose_width
    from repro.diagnose import words

    if name == "json":
        documents = [words.document(one, taken) for one, taken in found]
        print_json(documents[0] if len(documents) == 1 else documents)
    elif name == "html":
        print(words.page(found), end="")
    elif not found:
        print("no Python program of this user has children")
    else:
        print("\n\n".join(words.text(one, taken, prose_width()) for one, taken in found), end="")


def _snapshots(arguments: argparse.Namespace) -> list[Snapshot]:
    from repro.diagnose import targets
    from repro.diagnose.take import Gone

    told = arguments.target
    if told is not None and not told.isdigit():
        return [_read(Path(told))]
    if told is not None:
        return [_look(targets.by_number(told))]
    pids = targets.by_name(arguments.name) if arguments.name is not None else targets.all_of_this_user()
    found: dict[int, Snapshot] = {}
    for pid in pids:
        try:
            taken = _look(pid)
            found.setdefault(taken.pid, taken)  # of workers of one program that alone
        except Gone:  # it has ended since
            if len(pids) == 1:
                raise
    return [*found.values()]


def _look(pid: int) -> Snapshot:
    """At a program, or at that of a worker."""
    from repro.diagnose import above, targets
    from repro.diagnose.take import take

    return above.whole(pid, take, targets.programs_of(pid))


def _read(path: Path) -> Snapshot:
    from repro.diagnose import saved

    if not path.exists():
        raise UsageError(
            f"{path} is neither the number of a process nor a file: a PID, a FILE of --save, --name PATTERN, or --all"
        )
    return saved.read(path)


def _save(arguments: argparse.Namespace, several: list[Snapshot]) -> None:
    from repro.diagnose import saved
    from repro.diagnose.redacted import redacted

    if len(several) != 1:
        raise UsageError(
            f"--save keeps one program, and there are {len(several)}: {_one_of([one.pid for one in several])}"
        )
    saved.write(several[0] if arguments.values else redacted(several[0]), arguments.save)
