"""Print the completion script for a shell.

bash:  eval "$(repro completion bash)"                                       in ~/.bashrc
zsh:   repro completion zsh > ~/.zfunc/_repro                                a folder of $fpath
tcsh:  repro completion tcsh | source /dev/stdin                             in ~/.tcshrc
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=["bash", "zsh", "tcsh"])


def run(arguments: argparse.Namespace) -> int:
    import shtab

    from repro.cli import build_parser
    from repro.plan import catalogue, interpreters
    from repro.report import formats
    from repro.subject.adapter import START_METHODS

    pools = catalogue.pools().values()
    names: dict[str, list[str]] = {
        "scenario": list(catalogue.scenarios()),
        "pool": [name for entry in pools for name in (entry.name, *entry.adapter.aliases)],
        "operation": list(dict.fromkeys(name for entry in pools for name in entry.adapter.operations)),
        "start_method": list(START_METHODS),
        "python": ["all", *dict.fromkeys(one.version for one in interpreters.every())],
        "format": formats.names(),
    }
    parser = build_parser()
    for action in _actions(parser):
        if action.dest in names and action.choices is None:
            action.choices = names[action.dest]
        elif action.dest in ("directory", "output"):
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
    print(shtab.complete(parser, shell=arguments.shell))
    return 0


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            inner: Iterable[argparse.ArgumentParser] = action.choices.values()
            for sub in inner:
                yield from _actions(sub)
