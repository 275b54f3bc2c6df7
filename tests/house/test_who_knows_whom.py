"""Who may import whom: the walls between the rooms, over every import of the checkout."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.house.checkout import Import, imports, is_in, modules


class Rule(NamedTuple):
    """``room`` (a package or module) imports nothing of ``never``, but for what is in ``but`` or in itself.

    typing: whether that holds for what only the type checker sees, too.
    """

    room: str
    never: tuple[str, ...]
    but: tuple[str, ...] = ()
    typing: bool = True

    def __str__(self) -> str:
        but = f", but {' '.join(self.but)}" if self.but else ""
        return f"{self.room} never {' '.join(self.never)}{but}"

    def breaks(self, one: Import) -> bool:
        return (
            is_in(one.importer, self.room)
            and not is_in(one.imported, self.room, *self.but)
            and is_in(one.imported, *self.never)
            and (self.typing or not one.typing)
        )


RULES = [
    # safepool: what runs in a worker knows nothing of the parent's side, and what decides knows nothing that acts
    Rule("safepool", ("repro",), but=("safepool",)),
    Rule("safepool.protocol", ("safepool",)),
    Rule("safepool.worker", ("safepool",), but=("safepool.protocol",)),
    Rule("safepool.core", ("safepool",), but=("safepool.protocol.words",)),
    Rule("safepool.engine", ("safepool.interfaces",)),
    Rule("safepool.interfaces", ("safepool.worker",)),
    Rule("safepool.contract", ("safepool",), but=("safepool.core.states",)),
    Rule("safepool.errors", ("safepool",)),
    Rule("safepool.describe", ("safepool",)),
    Rule("safepool.postmortem", ("safepool",), but=("safepool.protocol.originals",)),
    # repro: the wall around the subject, and rooms that do not know each other
    Rule("repro.subject", ("repro",)),
    Rule("repro.bench.subject", ("repro",)),
    Rule("repro.plan", ("repro.tree", "repro.verdicts")),
    Rule("repro.tree", ("repro.plan", "repro.verdicts")),
    Rule("repro.verdicts", ("repro.plan", "repro.tree")),
    Rule("repro.verdicts", ("repro.observer", "repro.records", "repro.report")),
    Rule("repro.records", ("repro.plan", "repro.observer", "repro.report", "repro.tree")),
    Rule("repro.report", ("repro.observer", "repro.tree")),
    Rule("repro.diagnose", ("repro.plan", "repro.observer")),
    Rule("repro.observation", ("repro",)),
    Rule(
        "repro.lessons", ("repro.plan", "repro.verdicts", "repro.subject", "repro.bench"), but=("repro.verdicts.pace",)
    ),
    Rule("repro", ("repro.lessons",), but=("repro.lessons", "repro.cli")),
    Rule("repro", ("repro.cli",), but=("repro.cli",)),
]

#: May import ``repro.cli`` after all: what starts it.
STARTS_THE_COMMAND_LINE = ("repro.__main__", "repro.cli")

#: The one door from ``safepool`` to the suite: the console script ``safepool-repro``, once it has seen that it is ours.
STARTS_THE_SUITE = ("safepool._suite", "repro.__main__")

#: The subject's adapter of safepool is about safepool, as the others are about their pools.
ABOUT_SAFEPOOL = ("repro.subject.pools.safepool", "repro.bench.subject.pools")


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_room_keeps_to_its_walls(rule: Rule) -> None:
    """No import of the checkout, lazy or for types, goes through a wall."""
    assert any(is_in(name, rule.room) for name in modules()), "no such room: the rule would hold by absence"
    found = [
        f"{one.importer} imports {one.imported}"
        for one in imports()
        if rule.breaks(one)
        and not ("repro.cli" in rule.never and is_in(one.importer, *STARTS_THE_COMMAND_LINE))
        and not (is_in(one.imported, "safepool") and one.importer in ABOUT_SAFEPOOL)
        and (one.importer, one.imported) != STARTS_THE_SUITE
    ]
    assert not found


def test_a_broken_wall_is_noticed() -> None:
    """The rules above can fail."""
    rule = Rule("safepool.protocol", ("safepool",))
    assert rule.breaks(Import("safepool.protocol.wire", "safepool.errors", False))
    assert rule.breaks(Import("safepool.protocol.wire", "safepool", True))
    assert not rule.breaks(Import("safepool.protocol.wire", "safepool.protocol.words", False))
    assert not rule.breaks(Import("safepool.engine.dispatch", "safepool.errors", False))


def test_no_module_needs_itself() -> None:
    """No circle among the imports that are made when a program runs, those inside functions included."""
    needs: dict[str, set[str]] = {}
    for one in imports():
        if not one.typing and one.imported != one.importer:
            needs.setdefault(one.importer, set()).add(one.imported)
    finished: set[str] = set()

    def follow(module: str, path: tuple[str, ...]) -> None:
        if module in path:
            circle = " -> ".join([*path[path.index(module) :], module])
            pytest.fail(f"a circle: {circle}")
        if module not in finished:
            for other in sorted(needs.get(module, ())):
                follow(other, (*path, module))
            finished.add(module)

    for module in sorted(needs):
        follow(module, ())
