"""The README's two commands are the ones that CI runs: the texts can't drift apart."""

import itertools
from pathlib import Path

ROOT = Path(__file__).parent.parent


def commands() -> list[str]:
    """The commands of the README's section "Two commands", one a block."""
    section = (ROOT / "README.md").read_text().split("## Two commands", 1)[1].split("\n## ", 1)[0]
    blocks = section.split("```")[1::2]
    return [block.split("\n", 1)[1].strip() for block in blocks]


def test_ci_runs_the_second_command_exactly() -> None:
    """.ci/run has the README's test command as a line of its own, character for character."""
    assert len(commands()) == 2
    assert commands()[1] in (ROOT / ".ci" / "run").read_text().splitlines()


def test_the_table_is_the_one_of_the_reference_run() -> None:
    """The README's table stands in the tables of the committed reference run, line for line."""
    text = (ROOT / "README.md").read_text()
    lines = text.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("| scenario"))
    rows = list(itertools.takewhile(lambda line: line.startswith("|"), lines[first:]))
    reference = (ROOT / "reports" / "reference" / "tables.md").read_text().splitlines()
    assert len(rows) > 10
    assert [row for row in rows if row not in reference] == []
