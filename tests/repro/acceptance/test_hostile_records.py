"""Records are made to be shared: whatever stands in them is shown as text, by every command, in every format.

Every text of a small stored run is made hostile, and every way to look at a run is gone. A command that is not named here fails
the first test; one that shows a record otherwise than through ``repro.records.shown`` fails the second.
"""

from __future__ import annotations

import csv
import itertools
import json
import lzma
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from tabulate import tabulate_formats

from repro import cli
from repro.cli.formats import FORMATS
from repro.cli.picture_command import FORMATS as PICTURES
from repro.cli.picture_command import KINDS
from repro.records import results, series, shown
from repro.records.judged import judged
from repro.report import formats
from tests.repro.cli.commands import called

#: What a terminal obeys (colours, a title, the clipboard), what hides or turns text, what can't be encoded or is no text.
CONTROL = "\x1b[31m\x1b]52;c;aGk=\x07\x1b]0;owned\x9b2J\0\b\r\u202e\u2066\u200b\ufeff\u00ad\u3164\U000e0041\udc80\u2028"
#: What formats of tables obey; and another line, in what has one.
MARKUP = (
    "|evil|`evil`<script>evil()</script><img src=x>&lt;![x](http://evil)[[evil]]{{evil}}*evil* _evil_ ~~evil~~ $evil$ "
    "\\input{evil} ${evil}"
)
SPOOFED = "\nspoofed: every cell is as expected"
FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "x;=1+1", "\uff1d1")

#: Fields whose values the judge or the reader has to know.
KEPT = {"kind", "verdict", "event", "expected", "phase", "step", "direction", "plan", "pools", "holdings"}


def hostile(value: Any, begins: str, name: str = "") -> Any:
    """The same with every text hostile. begins: what names begin with."""
    if isinstance(value, dict):
        return {
            key: inner if key in KEPT or key in ("cause", "deaths") else hostile(inner, begins, key)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [hostile(inner, begins, name) for inner in value]
    if not isinstance(value, str) or name.isdecimal():  # a stack, which is looked for by its lines
        return f"{value}{CONTROL}" if isinstance(value, str) else value
    lines = "" if name in shown.LINES else SPOOFED
    return begins + value + CONTROL + MARKUP + lines


def written(folder: Path, source: Path, begins: str, verdict: str | None = None) -> Path:
    """A hostile run made of a good one. verdict: of all cells, or their own."""
    header, *cells, footer = (json.loads(line) for line in (source / results.FILE).read_text("utf-8").splitlines())
    header = {key: value for key, value in header.items() if key != "plan"}
    bad = [hostile(cell, begins) for cell in cells]
    # a cell that was not run, one that could not be started, and one in which nothing went as ever: their reasons are texts
    bad.append({**bad[0], "repetition": 2, "verdict": "unsupported", "observation": None})
    observation = {**bad[0]["observation"], "launch_error": f"{begins}no{CONTROL}{MARKUP}{SPOOFED}"}
    bad.append({**bad[0], "repetition": 3, "verdict": "harness-error", "observation": observation})
    if verdict is not None:
        bad = [{**cell, "verdict": verdict, "observation": None} for cell in bad]
    header = hostile({**header, "planned": len(bad) + 1}, "")
    header["pools"] = {f"pool{CONTROL}{MARKUP}": {f"3.12{CONTROL}": f"1{CONTROL}"}}
    folder.mkdir()
    lines = [header, *bad, {**footer, "cells": len(bad)}]
    (folder / results.FILE).write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


@pytest.fixture
def place(tmp_path: Path, run_directory: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two hostile runs and a series, of which the first is the last run."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "state/repro/runs").mkdir(parents=True)
    written(tmp_path / "bad", run_directory, "")
    written(tmp_path / "worse", run_directory, "", verdict="unsupported")
    os.symlink(tmp_path / "bad", tmp_path / "state/repro/runs/bad")
    (tmp_path / "state/repro/last").write_text(str(tmp_path / "bad"))
    cells = json.dumps([f"{one}{CONTROL}{MARKUP}{SPOOFED}" for one in "abcde"] + [["hang", "lost"]])
    header = {"started": f"1{CONTROL}", "machine": {}, "timeout": 5}
    seen = json.loads(lzma.decompress(min(SNAPSHOTS.glob("sigkill_*.json.xz")).read_bytes()))
    (tmp_path / "seen.json").write_text(json.dumps({**hostile(seen, ""), "form": seen["form"]}))
    (tmp_path / "series.jsonl").write_text(json.dumps({"schema": 1, "series": [header, header]}) + f"\n{cells}\n")
    return tmp_path


#: Every way to look at a stored run: of each command its arguments. RUN, OTHER and SERIES are files.
WAYS: dict[str, list[list[str]]] = {
    "report": [
        *(
            ["RUN", "--format", name, *more]
            for name in [*formats.names(), *tabulate_formats]
            for more in ([], ["--details"])
        ),
        *(["RUN", "--expect", "RUN"], ["RUN", "--scenario", "nothing"], ["RUN", "--fail-on", "hang"]),
        *(
            ["SNAPSHOT", "--format", name, *more]
            for name in [*sorted({*formats.names()} - {"actions", "junit"}), *tabulate_formats]
            for more in ([], ["--details"])
        ),
    ],
    "show": [
        *(
            ["*", "--run", "RUN", *stacks, "--format", name]
            for stacks in ([], ["--stacks"])
            for name in FORMATS["show"]
        ),
        ["nothing", "--run", "RUN"],
    ],
    "find": [
        *(["evil", "--run", "RUN", "--format", name] for name in [*FORMATS["find"], *tabulate_formats]),
        ["nothing says this", "--run", "RUN"],
    ],
    "picture": [
        *(
            [kind, "RUN", "--format", name, "--scenario", "sigkill*"]
            for kind, name in itertools.product(sorted({*KINDS} - {"bench"}), sorted({*PICTURES} - {"png"}))
        ),
        *(
            [kind, "SNAPSHOT", "--format", name]
            for kind, name in (("waits", "svg"), ("waits", "html"), ("waits", "txt"), ("matrix", "svg"))
        ),
    ],
    "compare": [
        *(["RUN", "OTHER", "--format", name] for name in [*FORMATS["compare"], *tabulate_formats]),
        *(["--series", "SERIES", "--format", name] for name in [*FORMATS["compare"], *tabulate_formats]),
        *(["RUN", "RUN", "OTHER"], ["RUN", "--series", "SERIES"], ["RUN", "OTHER", "--pool", "nothing"]),
    ],
    "expect": [["RUN"], ["RUN", "OTHER"]],
    "issue": [["*", "--run", "RUN", "--pool", "*"], ["nothing", "--run", "RUN"]],
    "list": [["runs", "--format", name] for name in [*FORMATS["list"], *tabulate_formats]],
    "run": [["--resume", "RUN"], ["--expect", "RUN"]],
    "diagnose": [["SNAPSHOT", "--format", name] for name in FORMATS["diagnose"]],
}
#: Commands that show no records but our own.
NO_RECORDS = {"script", "pools", "check-adapter", "bench", "completion", "lesson"}

#: What was seen of a program that hangs.
SNAPSHOTS = Path(__file__).parents[1] / "diagnose" / "snapshots"

#: Formats in which every character is what it is.
DRAWN = re.compile(
    r"terminal|json|junit|actions|csv|tsv|plain|simple|presto|pretty|psql|text|txt|perfetto|svg|(?!colon).*(grid|outline)"
)
#: Formats that are shown as pages; and what other kinds of markup obey.
PAGES = ("html", "svg", "unsafehtml", "markdown", "github", "pipe")
FENCED = r"(?ms)^(```+).*?^\1$"  # of Markdown, a block of code
OBEYED = ("|evil", "`evil", "](http", "[[evil", "{{evil", "*evil*", "~~evil", "$evil", "${evil")


def test_every_command_is_gone_over() -> None:
    """A new command that shows records gets its line above; one that shows none says so."""
    assert set(WAYS) | NO_RECORDS == set(cli.COMMANDS)
    assert not set(WAYS) & NO_RECORDS


def arguments_of(way: list[str], place: Path) -> list[str]:
    files = {
        "RUN": place / "bad",
        "OTHER": place / "worse",
        "SERIES": place / "series.jsonl",
        "SNAPSHOT": place / "seen.json",
    }
    return [str(files.get(word, word)) for word in way]


def wrong_with(text: str, command: str, way: list[str]) -> Iterator[str]:
    """What a terminal, a page or a spreadsheet would obey in an answer."""
    name = way[way.index("--format") + 1] if "--format" in way else "terminal"
    shapeless = {"\u3164"} & set(text)
    for one in sorted(shapeless.union(one for one in text if not one.isprintable() and one not in "\n\t")):
        yield f"{one!r} is obeyed, or hides"
    if any(line.startswith("spoofed:") for line in text.splitlines()):
        yield "a line that a record has made up"
    if name in ("csv", "tsv"):
        lines = text.replace("\r", "").replace("\0", "").split("\n")
        for field in itertools.chain.from_iterable(csv.reader(lines, delimiter="," if name == "csv" else "\t")):
            if re.match(r"\s*[=+@\uff1d]|\s*-(?![\s\d.-]|$)", field):
                yield f"{field!r:.60} is computed"
    if name == "junit":
        ElementTree.fromstring(text)
    if name == "actions" and not all(re.match("::(error|warning|notice) title=", line) for line in text.splitlines()):
        yield "a line that is no annotation of ours"
    if command == "show" and name == "markdown":
        text = re.sub(FENCED, "", text)
    if name in PAGES and ("<script>evil" in text or "<img src=x" in text):
        yield f"a tag in {name}"
    if command == "issue":
        name, text = "markdown", re.sub(FENCED, "", text)
    own_page = command == "picture" or (command in ("report", "show", "diagnose") and name == "html")
    if not own_page and not DRAWN.fullmatch(name):
        for markup in OBEYED:
            if markup in text:
                yield f"{markup} means something in {name}"
        if name.startswith("latex") and "\\input" in text:
            yield "a command of LaTeX"


@pytest.mark.parametrize("command", WAYS)
def test_what_is_in_a_record_is_shown_as_text(command: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever a command answers, or says that is wrong: whoever reads it, nothing in it is obeyed; and it ends as it should."""
    answers = 0
    for way in WAYS[command]:
        status = called(command, *arguments_of(way, place))
        told = capsys.readouterr()
        assert status < 70, (way, told.err)
        assert list(wrong_with(told.out, command, way)) == [], (way, told.out[:3000])
        assert list(wrong_with(told.err, "", [])) == [], (way, told.err[:3000])
        answers += "evil" in told.out
    assert answers >= len(WAYS[command]) // 2 or command == "run", "records are hardly shown: this test looks past them"


@pytest.mark.parametrize("command", sorted(set(WAYS) - {"run", "expect"}))
def test_a_command_that_is_let_out_is_noticed(
    command: str, place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the one function, each of them shows something that is obeyed, and the test above would see it.

    ``expect`` prints JSON in ASCII, and ``run`` shows of other runs what is wrong with them only.
    """
    monkeypatch.setattr(shown, "text", lambda value, lines=False: value)
    monkeypatch.setattr(tempfile, "tempdir", str(place))  # some end with an error, and keep its traceback
    found = []
    for way in WAYS[command]:
        called(command, *arguments_of(way, place))
        told = capsys.readouterr()
        found += wrong_with(told.out, command, way) if "junit" not in way else []  # that is no XML any more
    assert found


@pytest.mark.parametrize("begins", FORMULAS)
@pytest.mark.parametrize("name", ["csv", "tsv"])
def test_no_formula_reaches_a_spreadsheet(
    begins: str, name: str, tmp_path: Path, run_directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where a text begins like one, an apostrophe stands before it."""
    written(tmp_path / "sheet", run_directory, begins)
    assert called("report", str(tmp_path / "sheet"), "--format", name) == 0
    text = capsys.readouterr().out
    assert "'" in text
    assert list(wrong_with(text, "report", ["--format", name])) == []


def test_what_was_run_just_now_obeys_the_same_rule(run_directory: Path, tmp_path: Path) -> None:
    """A run shows its own cells before any file is read: they are made into text by the same function."""
    place = written(tmp_path / "bad", run_directory, "")
    raw = [json.loads(line) for line in (place / results.FILE).read_text().splitlines()]
    run = results.Run(raw[0], raw[1:-1], None)
    for cell in judged(run):
        document = json.dumps(cell.judgement.to_record(), ensure_ascii=False)
        assert document.isprintable()


#: Bounds, each with what is put there: (what stands in the file, what is said).
LARGE: dict[str, tuple[Any, str]] = {
    "deep": ("[" * 100_000, "nested deeper"),
    "a long number": ('{"kind": "cell", "x": ' + "9" * 101 + "}", "a number of 101 digits, and 100 are the most"),
    "a number without end": ('{"kind": "cell", "x": ' + "9" * 100_000 + "}", "a number of 100,000 digits"),
    "no number": ('{"kind": "cell", "x": NaN}', "NaN is no number"),
    "infinite": ('{"kind": "cell", "x": -Infinity}', "-Infinity is no number"),
    "too large": ('{"kind": "cell", "x": 1e999}', "1e999 is too large"),
    "a list for a text": ('{"kind": "cell", "scenario": []}', "record has no "),
}


@pytest.mark.parametrize("name", LARGE)
def test_what_is_no_record_is_refused_in_a_sentence(
    name: str, run_directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Which file, which line, which bound; status 64, and nothing else."""
    content, said = LARGE[name]
    header, first, *_ = (run_directory / results.FILE).read_text("utf-8").splitlines()
    (tmp_path / results.FILE).write_text("\n".join([header, first, content]) + "\n")
    assert called("report", str(tmp_path)) == 64
    told = capsys.readouterr()
    assert told.out == ""
    assert f"{tmp_path / results.FILE}, line 3: " in told.err
    assert said in told.err
    assert len(told.err) < 600
    assert told.err.count("\n") == 1


@pytest.mark.parametrize("kind", ["FIFO", "/dev/zero"])
@pytest.mark.parametrize(
    "way", [["report", "IT"], ["compare", "IT", "IT"], ["compare", "--series", "IT"], ["show", "ok", "--run", "IT"]]
)
def test_what_is_no_file_is_refused_at_once(
    kind: str, way: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A FIFO that nobody writes to would block, and a device has no end."""
    place = Path(kind)
    if kind == "FIFO":
        place = tmp_path / "fifo"
        os.mkfifo(place)
    assert called(*(str(place) if word == "IT" else word for word in way)) == 64
    assert "and no regular file" in capsys.readouterr().err


def test_more_than_is_read_is_refused(
    run_directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of cells, of values, of names, of bytes in a line and in all: each bound is said with what it is a bound of."""
    lines = (run_directory / results.FILE).read_bytes()
    (tmp_path / results.FILE).write_bytes(lines)
    for bound, value, said in (
        ("CELLS", 3, "6 cells, and 3 are the most that is read"),
        ("VALUES", 100, "more than 100 values, the most that is read"),
        ("LINE_SIZE", 1024, "larger than 1 KiB, the most that is read of a line"),
        ("SIZE", 2048, "is larger than 2 KiB, the most that is read of it"),
        ("NAMES", {"scenario": 2}, "3 values of scenario, and 2 are the most that is read"),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(results, bound, value)
            assert called("report", str(tmp_path)) == 64
        told = capsys.readouterr()
        assert said in told.err
        assert told.out == ""
    assert called("report", str(tmp_path)) == 0


def test_a_series_has_bounds_as_well(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read by the same rules."""
    for module, bound, value in ((series, "SIZE", 1024), (results, "CELLS", 1), (results, "NAMES", {"scenario": 0})):
        with monkeypatch.context() as patched:
            patched.setattr(module, bound, value)
            assert called("compare", "--series", str(place / "series.jsonl")) == 64
        assert "the most that is read" in capsys.readouterr().err
    (place / "series.jsonl").write_text("[" * 100_000)
    assert called("compare", "--series", str(place / "series.jsonl")) == 64
    assert "is not a series: RecursionError" in capsys.readouterr().err
