"""The command line. One file for each command, with ``add_arguments(parser)`` and ``run(arguments) -> exit status``.

Commands import what they need when they run: ``repro --help`` answers at once.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from repro.cli.ending import ended
from repro.cli.wrapped import Formatter
from repro.errors import STATUSES, USAGE, statuses_of, unknown

#: The commands, and what each does, in the order of the help.
COMMANDS = {
    "run": "run the scenarios in the pools, and print the table",
    "report": "judge a stored run again, and print its tables",
    "list": "list the scenarios, pools, Pythons or runs",
    "show": "tell all about scenarios, or about cells of a run",
    "find": "find the scenarios whose stacks or errors say something",
    "picture": "draw what happened in the cells of a stored run",
    "diagnose": "tell what is wrong with a job that hangs right now",
    "script": "print one scenario as a program of its own",
    "issue": "print what the tracker of a pool wants to know, as Markdown",
    "compare": "show what changed between two stored runs",
    "expect": "make the expectations from stored runs",
    "pools": "install the pools that people use instead, or tell which are where",
    "check-adapter": "check a pool's adapter: its calls, what it says it has, and a few faults",
    "lesson": "learn it: lessons that run the real thing, ask first, and explain",
    "bench": "measure pools against each other",
    "completion": "print the completion script for a shell",
}

EXAMPLES = """\
examples:
  repro run                                     the main job: the quick scenarios, three pools, this Python
  repro run --python all --start-method '*'     everywhere
  repro run sigkill --pool Pool                 one row, one column
  repro diagnose PID                            a job that hangs right now: what is wrong, and what to do
  repro show oom                                what happens, why, and what to do instead
  repro find pool.py:765                        which scenarios hang there, too?
  repro script sys-exit --pool Pool             the hang as a short program, for a bug report
  repro report last                             the tables of the last run; or of a run's folder
"""


class Parser(argparse.ArgumentParser):
    """argparse, with the status of sysexits.h for wrong usage; of a command or option that is not there, it names the nearest."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(formatter_class=Formatter, **keywords)

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Of argparse: what it calls for a value that has to be one of several."""
        if action.choices is not None and value not in action.choices:
            kind = (
                "command"
                if isinstance(action, argparse._SubParsersAction)
                else f"{action.dest.replace('_', ' ')} to {self.prog.partition(' ')[2]}"
            )
            raise argparse.ArgumentError(None, str(unknown(kind, str(value), map(str, action.choices))))

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Says what is too much where it is too much: a command knows its own options, and what is near to them."""
        found, rest = super().parse_known_args(args, namespace)
        options = [one for one in rest if one.startswith("-")]
        if options:
            asked = options[0].split("=", 1)[0]
            known = [name for name in self._option_string_actions if name.startswith("--")]
            self.error(str(unknown("option", asked, known)))
        if rest:
            self.error(
                f"{' '.join(rest)}: that is too much; repro {self.prog.partition(' ')[2]} --help".replace("  ", " ")
            )
        return found, rest

    def _print_message(self, message: str, file: Any = None) -> None:
        if file is sys.stdout:
            file.write(message)  # argparse would keep to itself that this failed
        else:
            super()._print_message(message, file)


class Version(argparse.Action):
    """Prints the version, and which of the two projects of this name it is; reads it only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_arguments: Any) -> NoReturn:
        from safepool._version import __version__

        print(f'repro {__version__} (of safepool; not PyPI\'s project "repro")')
        parser.exit()


def build_parser() -> Parser:
    parser = Parser(
        prog="repro",
        description="What process pools do when a worker dies: run it, and see it from processes that really died.",
        epilog=f"{EXAMPLES}\n{_statuses({status: meaning.generally for status, meaning in STATUSES.items()})}",
    )
    parser.add_argument("--version", action=Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", parser_class=Parser)
    for name, does in COMMANDS.items():
        module = command(name)
        sub = commands.add_parser(
            name, help=does, description=(module.__doc__ or does).strip(), epilog=_statuses(statuses_of(name))
        )
        module.add_arguments(sub)
    return parser


def command(name: str) -> Any:
    """The module of a command."""
    return importlib.import_module(f"{__name__}.{name.replace('-', '_')}_command")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line. Returns the exit status."""
    return ended(lambda: _run(argv))


def _run(argv: Sequence[str] | None) -> int:
    parser = build_parser()
    arguments = parser.parse_args(argv)
    if arguments.command is None:
        parser.print_help()
        return USAGE
    status: int = command(arguments.command).run(arguments)
    return status


def _statuses(meanings: dict[int, str]) -> str:
    """The exit statuses, for the end of a help text."""
    return "exit status:\n" + "\n".join(f"  {status:<5}{means}" for status, means in meanings.items())
