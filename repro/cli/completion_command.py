"""Print the completion script for a shell.

bash:  eval "$(repro completion bash)"                                       in ~/.bashrc
zsh:   repro completion zsh > ~/.zfunc/_repro                                a folder of $fpath
fish:  repro completion fish > ~/.config/fish/completions/repro.fish
tcsh:  repro completion tcsh | source /dev/stdin                             in ~/.tcshrc
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator

from repro.errors import ReproError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=["bash", "zsh", "fish", "tcsh"])


def run(arguments: argparse.Namespace) -> int:
    import shtab

    from repro.bench.catalogue import BENCHMARKS, POOLS, RIVALS
    from repro.cli import build_parser, lesson_command
    from repro.cli.formats import FORMATS
    from repro.lessons import library
    from repro.plan import catalogue, interpreters
    from repro.subject.adapter import START_METHODS
    from repro.verdicts.judge import Verdict

    if arguments.shell not in shtab.SUPPORTED_SHELLS:
        raise ReproError(
            f"shtab {shtab.__version__} writes no completion for {arguments.shell}; a newer one does: pip install -U shtab"
        )
    pools = catalogue.pools().values()
    names: dict[str, list[str]] = {
        "scenario": list(catalogue.scenarios()),
        "named": list(catalogue.scenarios()),
        "tag": sorted({tag for entry in catalogue.scenarios().values() for tag in entry.scenario.tags}),
        "fail_on": [str(verdict) for verdict in Verdict],
        "pool": [name for entry in pools for name in (entry.name, *entry.adapter.aliases)],
        "operation": list(dict.fromkeys(name for entry in pools for name in entry.adapter.operations)),
        "start_method": list(START_METHODS),
        "python": ["all", *dict.fromkeys(one.version for one in interpreters.every())],
    }
    of_bench = {  # it has its own pools, and takes an interpreter by its path
        "benchmark": [benchmark.name for benchmark in BENCHMARKS],
        "pool": [*POOLS, *RIVALS],
        "start_method": list(START_METHODS),
    }
    of_lesson = {
        "what": [*map(str, library.folders()), *lesson_command.WORDS],
        "language": list(library.LANGUAGES),
        "python": names["python"],
    }
    files = {("bench", "python"), ("bench", "output"), ("compare", "series"), ("lesson", "output")}
    paths = {"expect": shtab.FILE, "write": shtab.FILE, "save": shtab.FILE}
    paths |= dict.fromkeys(("directory", "output", "against", "run", "runs", "start", "check"), shtab.DIRECTORY)
    parser = build_parser()
    for command, action in _actions(parser):
        known = {**{"bench": of_bench, "lesson": of_lesson}.get(command, names), "format": [*FORMATS.get(command, ())]}
        if known.get(action.dest) and action.choices is None:
            action.choices = known[action.dest]
        elif (command, action.dest) in files:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif action.dest in paths:
            action.complete = paths[action.dest]  # type: ignore[attr-defined]
    print(shtab.complete(parser, shell=arguments.shell))
    return 0


def _actions(parser: argparse.ArgumentParser, command: str = "") -> Iterator[tuple[str, argparse.Action]]:
    """Every argument of the command line, with the command that it belongs to."""
    for action in parser._actions:
        yield command, action
        if isinstance(action, argparse._SubParsersAction):
            inner: Iterable[tuple[str, argparse.ArgumentParser]] = action.choices.items()
            for name, sub in inner:
                yield from _actions(sub, name)
