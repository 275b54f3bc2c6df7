"""The README's two commands are the ones that CI runs: the texts can't drift apart."""

import itertools
import json
import lzma
import re
from pathlib import Path

from repro.bench.report import number
from repro.diagnose.kinds import Kind
from tests.repro.acceptance.diagnose import tables

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


def test_what_it_costs_is_what_the_benchmark_measured() -> None:
    """Each figure of the table stands in the committed results of `repro bench`."""
    text = (ROOT / "README.md").read_text()
    lines = text[text.index("**What does it cost?**") :].splitlines()
    rows = [line for line in lines if line.startswith("|")][2:11]
    stored = json.loads(lzma.decompress((ROOT / "reports" / "bench" / "bench.json.xz").read_bytes()))
    values = {(one["benchmark"], one["pool"]): one["value"] for one in stored["series"]}
    pools = [
        "multiprocessing.Pool",
        "concurrent.futures.ProcessPoolExecutor",
        "safepool.Pool",
        "safepool.ProcessPoolExecutor",
    ]
    names = [
        "submit",
        "imap-unordered",
        "map-10us",
        "map",
        "round-trip",
        "bytes-1mb",
        "array-64mb",
        "first-result",
        "parent-cpu",
    ]
    for name, row in zip(names, rows, strict=True):
        figures = [values.get((name, pool)) for pool in pools]
        shown = ["-" if figure is None else number(figure) for figure in figures]
        assert [cell.strip() for cell in row.strip("|").split("|")][1:] == shown, name


def test_the_table_is_the_one_of_the_reference_run() -> None:
    """The README's table stands in the tables of the committed reference run, line for line."""
    text = (ROOT / "README.md").read_text()
    lines = text.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("| scenario"))
    rows = list(itertools.takewhile(lambda line: line.startswith("|"), lines[first:]))
    reference = (ROOT / "reports" / "reference" / "tables.md").read_text().splitlines()
    assert len(rows) > 10
    assert [row for row in rows if row not in reference] == []


def test_how_good_diagnoses_are_stands_in_the_report() -> None:
    """Each figure is one of the committed records, in the same words."""
    text = " ".join((ROOT / "README.md").read_text().split())
    folder = ROOT / "reports" / "diagnose"
    assert tables.sentence(tables.read(folder / tables.HUNG), tables.read(folder / tables.WELL)) in text
    assert tables.soon(tables.pauses_of(folder)) in text


def test_what_the_readme_points_to_is_there() -> None:
    """The targets of its links, the paths that it names, and each diagnosis of a job that hangs."""
    text = (ROOT / "README.md").read_text()
    links = {link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if not link.startswith("https:")}
    named = {path for path in re.findall(r"`((?:repro|safepool|tests|reports)/[\w./]+)`", text) if "NAME" not in path}
    assert {path for path in links | named if not (ROOT / path).exists()} == set()
    assert len(links) > 2 and len(named) > 3
    told = text.split("each with a page (`repro show lost-task`):", 1)[1].split("\n\n", 1)[0]
    assert {*re.findall(r"`([a-z-]+)`", told), Kind.CANNOT_TELL} == set(Kind)
