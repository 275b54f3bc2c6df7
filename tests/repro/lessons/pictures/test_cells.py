"""``cells``: a recorded cell is read back as it was, and told as the suite tells it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from xml.etree import ElementTree

import pytest

from repro.errors import RecordError
from repro.lessons import model
from repro.lessons.pictures import cells, drawings, letters
from repro.lessons.pictures.cells import RecordedCell
from tests.repro.lessons import made
from tests.repro.report.pictures.made import FAULT, observation

CELL = model.Cell("killed", "sigkill", "multiprocessing.Pool")
RECORD = {
    **{"scenario": "sigkill", "pool": "multiprocessing.Pool", "operation": "map", "start_method": "fork"},
    **{"python": "3.12.1", "repetition": 1, "verdict": "hang", "reason": "", "expected": None},
    **{"fault": asdict(FAULT), "observation": observation().to_record()},
}
ONE = RecordedCell(json.loads(json.dumps(RECORD)), "Linux, x86_64, 2 cores", "2026-11-28")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """And what is none, is said."""
    assert cells.load(tmp_path, CELL) is None
    cells.save(tmp_path, "killed", ONE)
    assert cells.load(tmp_path, CELL) == ONE
    for text in ("{", "{}"):
        cells.file_of(tmp_path, "killed").write_text(text)
        with pytest.raises(RecordError, match=r"killed\.json"):
            cells.load(tmp_path, CELL)


@pytest.mark.parametrize("kind", model.OF_CELLS)
def test_a_cell_is_told(kind: str) -> None:
    """In each way; drawn, where it can be drawn."""
    show = model.Show(kind, CELL)
    lines = letters.show(show, made.lesson(), ONE, 80)
    assert lines or kind == "waits"  # this one has nobody who waits
    drawn = drawings.svg(show, made.lesson(), ONE, "A title")
    assert (drawn is None) == (kind == "evidence")
    assert drawn is None or "A title" in "".join(ElementTree.fromstring(drawn).itertext())
    assert ONE.where == "map, fork, Python 3.12.1"
    assert letters.recorded(ONE, "en") == "recorded on 2026-11-28, Python 3.12.1, Linux, x86_64, 2 cores"
