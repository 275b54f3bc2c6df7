"""Records: what is written is what the schema says; what is not ours is refused with its line; nothing is overwritten."""

from __future__ import annotations

import copy
import json
import lzma
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repro.cli import main
from repro.errors import SOFTWARE, USAGE, RecordError, ReproError, UsageError
from repro.records import results, schema
from repro.records.results import FILE, Writer
from repro.report import formats, tables
from repro.verdicts.judge import Verdict
from tests.repro.lab import steady


@pytest.fixture(scope="module")
def lines(run_directory: Path) -> list[str]:
    return (run_directory / FILE).read_text("utf-8").splitlines()


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    whole = json.loads(results._SCHEMA.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(whole)
    return jsonschema.Draft202012Validator(whole)


def test_every_record_is_as_the_schema_says(lines: list[str], validator: jsonschema.Draft202012Validator) -> None:
    """A header, a line for each cell, a footer; each valid, by a full implementation of JSON schema."""
    stored = [json.loads(line) for line in lines]
    for record in stored:
        validator.validate(record)
    assert [record["kind"] for record in stored] == ["header", *["cell"] * 6, "footer"]
    assert stored[0]["planned"] == stored[-1]["cells"] == 6
    assert stored[-1]["interrupted"] is False


@pytest.mark.parametrize(
    "name",
    [
        *(
            "kind",
            "scenario",
            "pool",
            "operation",
            "start_method",
            "python",
            "verdict",
            "reason",
            "latency_ms",
            "error",
        ),
        *("names_task", "gives_exit_status", "survivors", "others", "usable_after", "leftovers", "simulated"),
    ],
)
def test_a_cell_has_the_names_that_readers_rely_on(name: str, lines: list[str]) -> None:
    """The names of a cell's record are an interface: they are required by the schema, and there."""
    cell = json.loads(results._SCHEMA.read_text("utf-8"))["$defs"]["cell"]
    assert name in cell["required"]
    assert name in cell["properties"]
    assert all(name in json.loads(line) for line in lines[1:-1])


def test_the_schema_knows_every_verdict() -> None:
    """Schema and judge name the same verdicts."""
    verdicts = json.loads(results._SCHEMA.read_text("utf-8"))["$defs"]["cell"]["properties"]["verdict"]["enum"]
    assert verdicts == [str(verdict) for verdict in Verdict]


def test_a_header_says_what_and_where(lines: list[str]) -> None:
    """Version of schema and tool, machine, kernel, interpreters with their builds, versions of the pools."""
    header = json.loads(lines[0])
    assert header["schema"] == results.SCHEMA_VERSION
    assert set(header["machine"]) >= {"system", "kernel", "architecture", "cores", "memory_bytes"}
    (python,) = header["interpreters"]
    assert python["version"] in python["build"]
    assert set(header["pools"]) == {"multiprocessing.Pool", "concurrent.futures.ProcessPoolExecutor"}


ODD: list[Any] = [None, True, 0, -1, 1.5, "", "x", [], [1], ["x"], {}, {"x": 1}, "missing"]


@pytest.mark.parametrize("number", [0, 1, -1], ids=["header", "cell", "footer"])
@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_our_reader_refuses_what_the_schema_refuses(
    lines: list[str], validator: jsonschema.Draft202012Validator, number: int, odd: Any
) -> None:
    """The few words of JSON schema that the reader knows come to the same as a full implementation, for every field."""
    good = json.loads(lines[number])
    definition = validator.schema["$defs"][good["kind"]]
    for name in definition["properties"]:
        bad = copy.deepcopy(good)
        bad[name] = odd
        if odd == "missing":
            del bad[name]
        ours = schema.violation(bad, definition)
        theirs = validator.evolve(schema=definition).is_valid(bad)
        assert (ours is None) == theirs == schema.compiled(definition)(bad), f"{name}: {ours}"


def changed(lines: list[str], number: int, **fields: Any) -> list[str]:
    return [*lines[: number - 1], json.dumps({**json.loads(lines[number - 1]), **fields}), *lines[number:]]


def without(lines: list[str], number: int, field: str) -> list[str]:
    record = json.loads(lines[number - 1])
    del record[field]
    return [*lines[: number - 1], json.dumps(record), *lines[number:]]


def observed(lines: list[str], number: int, **facts: Any) -> list[str]:
    """With a changed observation."""
    return changed(lines, number, observation={**json.loads(lines[number - 1])["observation"], **facts})


#: What may be wrong with a file: how it is made from a good one, and the line that the error has to name.
WRONG = {
    "empty": (lambda lines: [], 1),
    "not JSON": (lambda lines: [lines[0], "{", *lines[2:]], 2),
    "binary": (lambda lines: ["\0\1\2", *lines], 1),
    "not UTF-8": (lambda lines: [*lines[:3], "\udcff", *lines[3:]], 4),
    "an empty line": (lambda lines: [*lines[:2], "", *lines[2:]], 3),
    "a list": (lambda lines: ["[]", *lines[1:]], 1),
    "a number": (lambda lines: [*lines[:2], "1", *lines[3:]], 3),
    "another program's": (lambda lines: ['{"kind": "session", "schema": 1}'], 1),
    "no header": (lambda lines: lines[1:], 1),
    "two headers": (lambda lines: [lines[0], *lines], 2),
    "a footer in the middle": (lambda lines: [*lines[:2], lines[-1], *lines[2:]], 3),
    "a cell is missing": (lambda lines: [*lines[:2], *lines[3:]], 7),
    "a cell twice": (lambda lines: [*lines[:2], *lines[1:]], 9),
    "a newer schema": (lambda lines: changed(lines, 1, schema=2), 1),
    "an odd schema": (lambda lines: changed(lines, 1, schema="one"), 1),
    "no schema": (lambda lines: without(lines, 1, "schema"), 1),
    "no machine": (lambda lines: without(lines, 1, "machine"), 1),
    "no verdict": (lambda lines: without(lines, 3, "verdict"), 3),
    "an unknown verdict": (lambda lines: changed(lines, 3, verdict="fine"), 3),
    "a status in words": (lambda lines: changed(lines, 4, survivors="many"), 4),
    "an observation of something else": (lambda lines: changed(lines, 4, observation={"weather": "fine"}), 4),
    "no events": (lambda lines: observed(lines, 4, events=None), 4),
    "events that are none": (lambda lines: observed(lines, 4, events=[1]), 4),
    "events without names": (lambda lines: observed(lines, 4, events=[{}]), 4),
    "deaths in a list": (lambda lines: observed(lines, 3, deaths=[1], events=[]), 3),
    "a fault of something else": (
        *(lambda lines: changed(lines, 2, fault={"inputs": [], "faulty": 1, "status": 0, "kills": 0, "x": 1}), 2),
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_ours_is_refused_with_its_line(
    lines: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Records that are malformed, cut, of a newer schema or not ours: exit 64, the file, the line, and no table."""
    make, number = WRONG[name]
    file = tmp_path / FILE
    content = "".join(f"{line}\n" for line in make(lines)).encode("utf-8", "surrogateescape")
    file.write_bytes(content)
    status = main(["report", str(tmp_path)])
    output = capsys.readouterr()
    assert status == USAGE
    assert f"{file}, line {number}: " in output.err
    assert output.out == ""
    assert file.read_bytes() == content


def test_a_newer_schema_says_what_to_do(lines: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who meets the records of a later version learns that it is one."""
    (tmp_path / FILE).write_text("\n".join(changed(lines, 1, schema=99)) + "\n")
    assert main(["report", str(tmp_path)]) == USAGE
    assert "a newer version of the suite wrote it" in capsys.readouterr().err


@steady
@given(data=st.data())
def test_cut_anywhere_it_loses_one_cell_at_most(
    lines: list[str], run_directory: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Cut at any byte behind its header, a run is read with all its whole lines, and says whether the last one was cut."""
    content = (run_directory / FILE).read_bytes()
    size = data.draw(st.integers(0, len(content) - 1))
    folder = tmp_path_factory.mktemp("cut")
    (folder / FILE).write_bytes(content[:size])
    whole = content[:size].count(b"\n")
    if whole:
        run = results.read(folder)
        assert run.footer is None
        assert len(run.cells) == whole - 1
        assert run.cut_line == (content[size - 1 : size] != b"\n")
    else:
        with pytest.raises(RecordError, match="line 1: "):
            results.read(folder)
    shutil.rmtree(folder)


@pytest.mark.parametrize("name", [*formats.names(), "github"])
def test_a_cut_is_said_at_the_top_in_every_format(
    lines: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """A run that was killed in the middle of its fourth cell: before any table stands what is missing, and how to have it."""
    (tmp_path / FILE).write_text("\n".join(lines[:4]) + "\n" + lines[4][:100])
    assert main(["report", str(tmp_path), "--format", name]) == 0
    text = capsys.readouterr().out
    top, below = text[: text.index("What the caller saw")] if "What the caller saw" in text else text[:2000], text
    top = " ".join(top.split())
    assert "his run was cut short: 3 of its 6 cells were run, and the others say nothing; its last line is cut" in top
    assert "repro run --resume RUN" in top
    assert "every cell is as expected" not in below


def test_a_table_of_a_cut_run_shows_what_was_not_run(
    lines: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Hangs end last: without them a pool that hangs would not be there at all. Its column is, and every heading says it."""
    ends = [line for line in lines[1:-1] if json.loads(line)["verdict"] != "hang"]
    (tmp_path / FILE).write_text("\n".join([lines[0], *ends]) + "\n")
    assert main(["report", str(tmp_path), "--format", "markdown"]) == 0
    text = capsys.readouterr().out
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert sum("| not run" in row for row in rows) == 2
    headings = [line for line in text.splitlines() if line.startswith("## ") and "|" in text.split(line)[1][:200]]
    assert headings and all("CUT SHORT: 4 of 6 cells" in line for line in headings if line != "## What is news")
    assert "4 cells are as expected; 2 were not run." in text
    assert "Missing: 2 of 3 of multiprocessing.Pool." in text


def test_a_run_that_was_gone_on_with_is_read_as_one(lines: list[str], tmp_path: Path) -> None:
    """Cut short by Ctrl-C it has a footer; behind that the line that says when it was resumed, then the rest."""
    header, *cells, footer = map(json.loads, lines)
    resumed = {"kind": "resumed", "jobs": 2, "missing": 4}
    resumed |= {name: header[name] for name in ("started", "tool", "machine", "interpreters", "pools")}
    stopped = {**footer, "cells": 2, "interrupted": True}
    parts = [header, *cells[:2], stopped, resumed, *cells[2:], footer]
    (tmp_path / FILE).write_text("".join(json.dumps(one) + "\n" for one in parts))
    run = results.read(tmp_path)
    assert (run.cells, run.footer, run.resumed) == (cells, footer, [resumed])
    assert run.lines == [2, 3, 6, 7, 8, 9]
    for broken in (parts[:4] + parts[5:], [*parts[:3], {**stopped, "cells": 3}, *parts[4:]]):
        (tmp_path / FILE).write_text("".join(json.dumps(one) + "\n" for one in broken))
        with pytest.raises(RecordError, match="line 4: "):
            results.read(tmp_path)


def test_a_run_that_goes_on_is_not_resumed(run_directory: Path, tmp_path: Path) -> None:
    """Two observers would write into one file."""
    writer = Writer(tmp_path / "run")
    writer.write(json.loads((run_directory / FILE).read_text("utf-8").splitlines()[0]))
    with pytest.raises(UsageError, match="is being written"):
        Writer.resume(tmp_path / "run")
    writer.close()
    _, again = Writer.resume(tmp_path / "run")
    again.close()


def test_what_is_no_text_is_kept_as_it_was(tmp_path: Path) -> None:
    """Half a surrogate pair stands for a byte that is not UTF-8 (a file's name): it is written, and read again."""
    writer = Writer(tmp_path)
    writer.write({"name": "caf\udce9"})
    writer.close()
    assert json.loads((tmp_path / FILE).read_bytes()) == {"name": "caf\udce9"}


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(path for key, one in inner for path in paths(one, (*here, key)))]


@settings(steady, max_examples=300)
@given(data=st.data())
def test_whatever_stands_in_a_cell_is_judged_or_refused(lines: list[str], data: st.DataObject) -> None:
    """One value of a stored cell replaced by anything else: its report is made, or it is refused as a record; nothing breaks."""
    good = [json.loads(line) for line in lines]
    cell = data.draw(st.sampled_from(good[1:-1]))
    *way, last = data.draw(st.sampled_from(paths(cell)[1:]))
    place = cell
    for step in way:
        place = place[step]
    place[last] = data.draw(st.sampled_from(ODD))
    try:
        parsed = [results._parse(Path("file"), number, json.dumps(one).encode()) for number, one in enumerate(good, 1)]
        judged = tables.judged(results.Run(parsed[0], parsed[1:-1], parsed[-1]))
        tables.comparison(judged)
        tables.aftermath(judged)
        tables.sentence(judged)
    except RecordError:
        pass


def test_a_compressed_run_is_read_as_well(run_directory: Path, tmp_path: Path) -> None:
    """``xz results.jsonl`` leaves a run that reads the same; half of such a file is refused by its name."""
    packed = lzma.compress((run_directory / FILE).read_bytes())
    kept = tmp_path / (FILE + ".xz")
    kept.write_bytes(packed)
    run = results.read(run_directory)
    for place in (tmp_path, kept):
        again = results.read(place)
        assert (again.header, again.cells, again.footer) == (run.header, run.cells, run.footer)
    kept.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(RecordError, match=r"results\.jsonl\.xz is not whole"):
        results.read(tmp_path)


def test_there_is_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that is not there is a usage error that names the path."""
    assert main(["report", str(tmp_path / "nowhere")]) == USAGE
    assert str(tmp_path / "nowhere") in capsys.readouterr().err


def test_an_existing_run_is_never_overwritten(run_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A directory that holds something is refused before anything is started, and stays as it is."""
    before = (run_directory / FILE).read_bytes()
    status = main(["run", "--scenario", "ok", "--pool", "ProcessPoolExecutor", "--output", str(run_directory)])
    assert status == USAGE
    assert f"{run_directory} is not empty" in capsys.readouterr().err
    assert (run_directory / FILE).read_bytes() == before


def test_an_empty_directory_is_used(tmp_path: Path) -> None:
    """A directory that is there and empty is as good as none."""
    writer = Writer(tmp_path)
    writer.write({"kind": "header"})
    writer.close()
    with pytest.raises(UsageError):
        Writer(tmp_path)


@pytest.mark.parametrize("place", ["file/run", "file", "/proc/run", "/dev/null/run"])
def test_no_permission_is_said(tmp_path: Path, place: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Where nothing can be written the run ends with 70 before anything is started, and names the place."""
    (tmp_path / "file").write_text("precious")
    directory = tmp_path / place
    status = main(["run", "--scenario", "ok", "--pool", "ProcessPoolExecutor", "--output", str(directory)])
    output = capsys.readouterr()
    assert status == SOFTWARE
    assert str(directory) in output.err
    assert output.out == ""
    assert (tmp_path / "file").read_text() == "precious"


def test_a_failed_write_leaves_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that fits only in part is taken back: what was there before stays readable."""
    writer = Writer(tmp_path)
    writer.write({"kind": "header"})

    def half(fd: int, data: bytes, real: Any = results.os.write) -> int:
        if len(data) < 20:
            raise OSError(28, "No space left on device")
        return int(real(fd, data[:10]))

    monkeypatch.setattr(results.os, "write", half)
    with pytest.raises(ReproError, match="No space left on device"):
        writer.write({"kind": "cell", "reason": "much text"})
    monkeypatch.undo()
    writer.close()
    assert (tmp_path / FILE).read_text() == '{"kind": "header"}\n'
