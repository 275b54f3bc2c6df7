"""``repro compare``: two runs, several, or a series that grows."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from repro.records import results
from tests.repro import lab

REFERENCE = lab.ROOT / "reports" / "reference"


@lab.needs_records
def test_the_command(tmp_path: Path) -> None:
    """Two runs or several; a run that is not there is an error, and so is one that is there twice."""
    copies = [later(tmp_path / name, name) for name in ("1", "2")]
    two = lab.command("compare", REFERENCE, copies[0], cwd=tmp_path)
    assert two.returncode == 0 and two.stdout.startswith("No verdict differs in 810 common cells")
    three = lab.command("compare", REFERENCE, *copies, cwd=tmp_path)
    assert three.returncode == 0 and "3 runs have 810 cells in common, and agree on each." in three.stdout
    for wrong, words in (
        ((REFERENCE, tmp_path / "none"), "no run at"),
        ((REFERENCE, copies[0], REFERENCE), "is in the series already"),
        ((REFERENCE,), "give two, or several"),
        ((), "give two, or several"),
        (("--series", tmp_path / "none"), "no series at"),
    ):
        refused = lab.command("compare", *wrong, cwd=tmp_path)
        assert refused.returncode == 64 and words in refused.stderr


@lab.needs_records
def test_a_series_grows(tmp_path: Path) -> None:
    """A run is added to what is there; all that the file holds is compared, with the runs at hand or without."""
    file = tmp_path / "series.jsonl.xz"
    first = lab.command("compare", REFERENCE, "--series", file, cwd=tmp_path)
    assert first.returncode == 0 and "1 runs have 810 cells in common" in first.stdout
    second = lab.command("compare", later(tmp_path / "1", "1"), "--series", file, cwd=tmp_path)
    assert second.returncode == 0 and "2 runs have 810 cells in common, and agree on each." in second.stdout
    before = file.read_bytes()
    again = lab.command("compare", REFERENCE, "--series", file, cwd=tmp_path)
    assert again.returncode == 64 and file.read_bytes() == before
    other = lab.command("compare", later(tmp_path / "2", "2", python="3.99.0"), "--series", file, cwd=tmp_path)
    cut = lab.command("compare", later(tmp_path / "3", "3", whole=False), "--series", file, cwd=tmp_path)
    assert other.returncode == 64 and "no cell in common" in other.stderr
    assert cut.returncode == 64 and "This run was cut short: 809 of its 810 cells" in cut.stderr
    assert file.read_bytes() == before
    alone = lab.command("compare", "--series", file, cwd=tmp_path)
    assert (alone.returncode, alone.stdout) == (0, second.stdout)


def test_filters_and_a_form_for_programs(run_directory: Path, tmp_path: Path) -> None:
    """Two runs of the same, by cells of one kind; as JSON: whether they agree, in a sentence, and where they do not."""
    other = tmp_path / "other"
    shutil.copytree(run_directory, other)
    records = [json.loads(line) for line in (other / "results.jsonl").read_text().splitlines()]
    for record in records:
        if record.get("scenario") == "sigkill":
            record["observation"]["stream_error"] = "the stream is cut"
    (other / "results.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    differ = lab.command("compare", run_directory, other, "--format", "json", cwd=tmp_path)
    found = json.loads(differ.stdout)
    assert differ.returncode == 1 and found["agree"] is False
    assert {(row["scenario"], row["after"][0]) for row in found["differences"]} == {("sigkill", "harness-error")}
    assert {row["pool"] for row in found["differences"]} <= {cell["pool"] for cell in results.read(other).cells}
    agree = lab.command("compare", run_directory, other, "--scenario", "ok", "--scenario", "sys*", cwd=tmp_path)
    assert agree.returncode == 0 and "No verdict differs in 4 common cells" in agree.stdout


def later(directory: Path, started: str, python: str = "", whole: bool = True) -> Path:
    """A copy of the reference run, as if it had been started at another time; with another Python, or not whole."""
    stored = results.read(REFERENCE)
    writer = results.Writer(directory)
    writer.write({**stored.header, "started": started})
    for record in stored.cells if whole else stored.cells[1:]:
        writer.write({**record, "python": python or record["python"]})
    if whole and stored.footer is not None:
        writer.write(stored.footer)
    writer.close()
    return directory
