"""Series: the verdicts of many runs in one small file, and the one that is committed."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest

from repro.errors import RecordError
from repro.records import series
from repro.records.series import Series
from repro.verdicts.judge import Verdict
from tests.repro.cells import cell, series_of

MIXED = [cell(Verdict.HANG), cell(Verdict.COMPLETED, repetition=2)]


@pytest.mark.parametrize("name", ["series.jsonl", "series.jsonl.xz"])
def test_what_is_written_is_read(tmp_path: Path, name: str) -> None:
    """Repetitions, and cells that some run does not have, included; the same series is the same bytes."""
    made = series_of(MIXED, [cell(Verdict.HANG), cell(Verdict.RAISED, "oom")])
    series.write(tmp_path / name, made)
    assert series.read(tmp_path / name) == made
    assert [made.verdicts[key] for key in sorted(made.verdicts)] == [
        [(), (Verdict.RAISED,)],
        [(Verdict.HANG, Verdict.COMPLETED), (Verdict.HANG,)],
    ]
    before = (tmp_path / name).read_bytes()
    series.write(tmp_path / name, Series(made.headers, dict(reversed(made.verdicts.items()))))
    assert (tmp_path / name).read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [name]


HEADER = {"started": "now", "machine": {}, "timeout": 5.0}
FIRST = json.dumps({"schema": 1, "series": [HEADER, {**HEADER, "started": "later"}]})
LINE = '["a", "b", "c", "d", "e", ["hang", "hang"]]'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not a series"),
        ("nonsense", "not a series"),
        ("[]", "not a series"),
        (json.dumps({"schema": 2, "series": []}), "schema 2"),
        (f'{FIRST}\n["a", "b", "c", "d", "e", ["hang"]]', "1 entries for 2 runs"),
        (f'{FIRST}\n["a", "b", "c", "d", "e", ["hang", "fine"]]', "'fine'"),
        (f'{FIRST}\n["a", "b", ["hang", "hang"]]', "not a series"),
        (f"{FIRST}\n[]", "not a series"),
        (f"{FIRST}\n{LINE}\n{LINE}", "there twice"),
        (json.dumps({"schema": 1, "series": []}), "has the headers"),
        (json.dumps({"schema": 1, "series": [{"timeout": 5}]}), "has the headers"),
        (json.dumps({"schema": 1, "series": [{}]}), "'timeout'"),
    ],
)
def test_a_file_that_is_no_series_is_refused(tmp_path: Path, text: str, words: str) -> None:
    """By its name, with what is wrong."""
    for name, content in (("s.jsonl", text.encode()), ("s.xz", lzma.compress(text.encode()))):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(RecordError, match=words) as error:
            series.read(tmp_path / name)
        assert name in str(error.value)


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    """A compressed series that is not whole."""
    file = tmp_path / "s.jsonl.xz"
    series.write(file, series_of(MIXED))
    file.write_bytes(file.read_bytes()[:-5])
    with pytest.raises(RecordError, match="no series at"):
        series.read(file)
