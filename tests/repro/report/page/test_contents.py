"""``contents``: each cell of the page is the cell of the record, and every text can be shown."""

from __future__ import annotations

import json

from repro.records.judged import judged
from repro.report.page import contents
from repro.report.pictures.matrix import matrix
from repro.report.tables import in_order
from tests.repro.report.page.made import HOSTILE, POOLS, PYTHONS, run


def test_the_cells_of_a_chapter_are_those_of_the_index() -> None:
    """Tables have an order of their own, which is not that of the records: each cell keeps its evidence."""
    stored = run()
    for number, record in enumerate(stored.cells):
        if record["observation"]:
            record["observation"]["stderr"] = f"{record['pool']} {record['python']} {record['scenario']}"
        record["number"] = number
    cells = in_order(judged(stored))
    assert [cell.pool for cell in cells] != [record["pool"] for record in stored.cells]
    one = matrix(cells, {})
    index, chapters = contents.index(cells, one), list(contents.chapters(stored, cells, one))
    seen = [0] * len(chapters)
    for scenario, pool, version, *_ in index["cells"]:
        name = index["scenarios"][scenario]["name"]
        evidence = chapters[scenario]["cells"][seen[scenario]]
        seen[scenario] += 1
        if name != "ok":
            assert evidence["stderr"] == f"{one.pools[pool]} {index['versions'][version]} {name}"
    assert seen == [len(chapter["cells"]) for chapter in chapters]
    assert set(index["versions"]) == set(PYTHONS)
    assert len(index["pools"]) == len(POOLS)


def test_a_cell_has_what_was_seen_of_it() -> None:
    stored = run()
    cells = in_order(judged(stored))
    one = matrix(cells, {})
    chapters = list(contents.chapters(stored, cells, one))
    cell = chapters[[row.scenario for row in one.rows].index("sigkill")]["cells"][0]
    drawn = cell["timeline"]
    assert [task for task, _ in drawn["fates"]] == [1, 2, 3, 4, 5]
    assert [lane["name"] for lane in drawn["lanes"]] == ["worker 1", "worker 2", "worker 3"]
    assert drawn["lanes"][1]["death"] == {"after": 3.0, "before": 5.0, "status": "SIGKILL"}
    assert drawn["hangs"]
    assert [(edge["pid"], edge["key"], edge["waits"]) for edge in cell["graph"]["edges"]] == [
        (10, "pipe 3", True),
        (11, "pipe 3", False),
    ]
    assert cell["stacks"][0][0] == "stack of the program"
    assert len(cell["processes"]["rows"]) == 3  # the victim came and went between two looks


def test_a_program_is_there_where_repro_script_has_one() -> None:
    stored = run()
    cells = in_order(judged(stored))
    one = matrix(cells, {})
    by_name = dict(
        zip(
            (s["name"] for s in contents.index(cells, one)["scenarios"]),
            contents.chapters(stored, cells, one),
            strict=True,
        )
    )
    assert "os.kill" in by_name["sigkill"]["programs"]["Pool map fork"]
    assert by_name["no-such"]["programs"] == {}
    assert by_name["sigkill"]["prose"][0][0] == "What dies"


def test_every_text_can_be_shown() -> None:
    """Nothing that turns, clears or ends one, whatever stands in a record."""
    stored = run(HOSTILE)
    cells = in_order(judged(stored))
    one = matrix(cells, {})
    carried = json.dumps([contents.index(cells, one), *contents.chapters(stored, cells, one)], ensure_ascii=False)
    assert not set(carried) & set("\x1b\x00\x07\u202e")
    assert "\\u001b" not in carried
