"""``repro report``: every format, made again from the records; colour; readers who leave."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from tabulate import tabulate_formats

from repro.errors import USAGE
from repro.records import results
from repro.records.results import FILE
from repro.report import formats
from tests.repro import lab
from tests.repro.cli.commands import ESCAPE, called, in_terminal


@pytest.mark.usefixtures("nothing_starts")
def test_an_unknown_format_names_the_nearest(run_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A format that is neither ours nor tabulate's: 64, and the nearest that is."""
    assert called("report", str(run_directory), "--format", "markdwon") == USAGE
    assert "no format 'markdwon'; nearest: markdown" in capsys.readouterr().err


@pytest.mark.parametrize("name", [*formats.names(), *tabulate_formats])
def test_every_format_is_made_and_made_again(
    run_directory: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every format of ours and of tabulate's: a report, and from the same records the same bytes."""
    texts = []
    for path in (run_directory, run_directory / FILE):
        assert called("report", str(path), "--format", name) == 0
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]
    assert ("as expected" if name == "actions" else "sigkill") in texts[0]
    assert ESCAPE not in texts[0]


def test_csv_and_json_hold_every_cell(run_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What programs read holds all cells and says of each what the records say."""
    stored = {(cell["scenario"], cell["pool"]): cell["verdict"] for cell in results.read(run_directory).cells}
    called("report", str(run_directory), "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {(row["scenario"], row["pool"]): row["verdict"] for row in rows} == stored
    called("report", str(run_directory), "--format", "json")
    document = json.loads(capsys.readouterr().out)
    assert {(cell["scenario"], cell["pool"]): cell["verdict"] for cell in document["cells"]} == stored
    assert all(cell["as_expected"] for cell in document["cells"])
    assert document["footer"]["cells"] == len(stored)


def test_the_table_says_what_happened(run_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A row for each scenario, a column for each pool, in words that the legend explains; then a sentence."""
    called("report", str(run_directory))
    text = capsys.readouterr().out
    rows = {line.split()[0]: line for line in text.splitlines() if line.startswith(("ok ", "sys-exit ", "sigkill "))}
    assert rows["ok"].split() == ["ok", "completed", "completed"]
    assert rows["sys-exit"].split() == ["sys-exit", "HANG", "PARENT", "EXIT", "1"]
    assert rows["sigkill"].split()[:4] == ["sigkill", "HANG", "raised", "BrokenProcessPool"]
    for verdict in ("completed: ", "raised: ", "HANG: ", "PARENT EXIT: "):
        assert sum(line.startswith(verdict) for line in text.splitlines()) == 1
    assert "Pool hung for ever in 2" in text.replace("\n", " ")


@pytest.mark.parametrize("name", ["github", "pipe", "html", "latex", "rst", "mediawiki", "jira", "tsv"])
def test_markup_is_never_folded(run_directory: Path, tmp_path: Path, name: str) -> None:
    """However narrow the terminal, and coloured: the same bytes."""
    wide = lab.command("report", run_directory, "--format", name, cwd=tmp_path, changes={"COLUMNS": "400"}).stdout
    changes = {"COLUMNS": "30", "FORCE_COLOR": "1"}
    assert lab.command("report", run_directory, "--format", name, cwd=tmp_path, changes=changes).stdout == wide


def test_columns_say_how_wide_a_report_is(run_directory: Path, tmp_path: Path) -> None:
    """In a pipe as on a terminal; without it, a terminal's own width counts."""
    for columns in ("60", "100"):
        text = lab.command("report", run_directory, cwd=tmp_path, changes={"COLUMNS": columns}).stdout
        assert max(map(len, text.splitlines())) <= int(columns)
    shown, status = in_terminal(["report", run_directory], tmp_path, {"NO_COLOR": "1"}, size=(24, 70))
    assert status == 0
    assert 60 < max(map(len, shown.splitlines())) <= 70


@pytest.mark.parametrize(
    ("changes", "on_terminal", "coloured"),
    [
        ({"TERM": "xterm"}, True, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, True, False),
        ({"TERM": "xterm"}, False, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, True, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
        ({"FORCE_COLOR": ""}, False, False),
    ],
)
def test_colour_is_for_terminals_that_want_it(
    run_directory: Path, tmp_path: Path, changes: dict[str, str], on_terminal: bool, coloured: bool
) -> None:
    """Colour on a terminal; none in a file or a pipe, on a dumb terminal, or where NO_COLOR is set and not empty;
    FORCE_COLOR wants it anywhere."""
    if not on_terminal:
        text = lab.command("report", run_directory, cwd=tmp_path, changes=changes).stdout
    else:
        text, status = in_terminal(["report", run_directory], tmp_path, changes)
        assert status == 0
    assert "HANG" in text
    assert (ESCAPE in text) == coloured


def test_a_reader_who_leaves_is_no_catastrophe(run_directory: Path, tmp_path: Path) -> None:
    """``repro report | head -1``: no traceback."""
    process = lab.start(["report", run_directory, "--format", "json"], tmp_path)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    with lab.ended(process):
        errors = process.stderr.read()
        process.wait(timeout=lab.DEADLINE)
    process.stderr.close()
    assert "Traceback" not in errors
    assert "Exception ignored" not in errors
