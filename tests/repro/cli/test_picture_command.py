"""``repro picture``: from records to a file that can be looked at."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from repro.cli.picture_command import FORMATS, KINDS
from repro.errors import SOFTWARE, USAGE
from repro.records.results import FILE
from tests.repro import lab
from tests.repro.cli.commands import called

RUN = str(lab.ROOT / "reports/reference")
pytestmark = lab.needs_records


def test_letters_without_an_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("picture", "timeline", RUN, "--scenario", "sigkill") == 0
    text = capsys.readouterr().out
    assert "multiprocessing.Pool  HANGS: waits for ever" in text
    assert "safepool  raises WorkerDied" in text


@pytest.mark.parametrize("name", ["x.svg", "x.html", "x.txt", "x.json"])
def test_the_format_follows_from_the_name(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    assert called("picture", "timeline", RUN, "--scenario", "sigkill", "--output", str(file)) == 0
    text = file.read_text()
    assert "SIGKILL" in text
    if name == "x.svg":
        ElementTree.fromstring(text)
    if name == "x.json":
        assert {"process_name", "waits"} <= {one["name"] for one in json.loads(text)["traceEvents"]}


@pytest.mark.parametrize("format_", ["svg", "html", "txt", "perfetto"])
def test_every_scenario_of_a_run_can_be_drawn(format_: str, capsys: pytest.CaptureFixture[str]) -> None:
    for scenario in ("ok", "oom", "sys-exit", "segfault"):
        assert called("picture", "timeline", RUN, "--scenario", scenario, "--format", format_) == 0
        assert "multiprocessing.Pool" in capsys.readouterr().out


def test_one_scenario_at_a_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("picture", "timeline", RUN) == USAGE
    assert "say which with --scenario" in capsys.readouterr().err


def test_an_unknown_kind_of_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("picture", "timeline", RUN, "--scenario", "ok", "--output", "x.gif") == USAGE
    assert "pictures are .svg, .png, .html, .txt, .json" in capsys.readouterr().err


def test_a_place_that_cannot_be_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    there = tmp_path / "nowhere" / "x.svg"
    assert called("picture", "timeline", RUN, "--scenario", "ok", "--output", str(there)) == SOFTWARE
    assert f"the picture can't be written to {there}" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["x.svg", "x.html", "x.txt"])
def test_a_matrix_of_the_run(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    assert called("picture", "matrix", RUN, "--output", str(file)) == 0
    text = file.read_text()
    assert all(word in text for word in ("sigkill", "hangs", "ends the parent", "raises"))


def test_a_matrix_is_no_trace(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("picture", "matrix", RUN, "--format", "perfetto") == USAGE
    assert "a trace has times, and a matrix has none" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["x.svg", "x.html", "x.txt"])
def test_the_latencies_of_the_run(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    assert called("picture", "latency", RUN, "--output", str(file)) == 0
    assert "never" in file.read_text()


@pytest.mark.parametrize("name", ["x.svg", "x.html", "x.txt"])
def test_a_benchmark(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    measured = str(lab.ROOT / "reports/bench/bench.json.xz")
    assert called("picture", "bench", measured, "--output", str(file)) == 0
    assert "round trip of one call" in file.read_text()


@pytest.mark.parametrize("content", ["{}", "[1]", "nonsense", '{"series": [{"benchmark": 1}]}', "[" * 100_000])
def test_what_is_no_benchmark_is_said_to_be_none(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bench.json"
    file.write_text(content)
    assert called("picture", "bench", str(file)) == USAGE
    assert f"{file}: not a file that repro bench has written" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["x.svg", "x.html", "x.txt"])
def test_who_waits_for_what(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    assert called("picture", "waits", RUN, "--scenario", "sigkill", "--output", str(file)) == 0
    text = file.read_text()
    assert "sigkill, multiprocessing.Pool.map" in text
    assert "the result of a task whose worker is dead" in text


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (kind, name)
        for kind in sorted({*KINDS} - {"bench"})
        for name in sorted({*FORMATS} - {"png"})
        if name != "perfetto" or kind == "timeline"
    ],
)
def test_a_picture_of_a_run_that_was_cut_short_says_so(
    kind: str, name: str, tmp_path: Path, run_directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In itself: what was said beside it is gone as soon as it is sent to somebody. Who only hears it, hears it, too."""
    *lines, gone, footer = (run_directory / FILE).read_text().splitlines(keepends=True)
    assert json.loads(footer)["kind"] == "footer"
    (tmp_path / FILE).write_text("".join(lines))
    asked, cut = [], "CUT SHORT: 5 of 6 cells"
    if kind == "timeline":
        asked, cut = ["--scenario", json.loads(gone)["scenario"]], "CUT SHORT: 1 of 2 cells"
    assert called("picture", kind, str(tmp_path), *asked, "--format", name) == 0
    told = capsys.readouterr()
    assert cut in re.sub(r"\s+", " ", told.out) and "This run was cut short" in told.err
    if name in ("svg", "html"):
        assert f'<desc id="d">{cut}. ' in told.out
        assert f">{cut}</text>" in told.out
    assert called("picture", kind, str(run_directory), *asked, "--format", name) == 0
    assert "CUT SHORT" not in capsys.readouterr().out


def test_where_nothing_hangs_nobody_waits(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("picture", "waits", RUN, "--pool", "safepool") == USAGE
    assert "nothing of that kind hangs" in capsys.readouterr().err
