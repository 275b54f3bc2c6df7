"""``markup``: the matrix says what the matrix is, and nothing of a record is markup."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from repro.records.judged import judged
from repro.report.page import markup
from repro.report.pictures.matrix import matrix
from repro.report.words import VERDICTS
from repro.verdicts.judge import Verdict
from tests.repro.report.page.made import HOSTILE, run
from tests.repro.report.pictures.test_matrix import C, H, R, cell


class Boxes(HTMLParser):
    """The buttons of a page by their names; every tag that there is."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.boxes: dict[str, dict[str, str]] = {}
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        found = {name: value or "" for name, value in attrs}
        if tag == "button":
            self.boxes[found["aria-label"]] = found

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_a_box_says_where_it_stands() -> None:
    cells = [cell("3.9.2", H), cell("3.10.1", R), cell("3.11.1", R), cell("3.11.1", C, "spawn")]
    found = Boxes(markup.matrix(matrix(cells, {})))
    assert {name: (box["data-v"], box.get("data-m")) for name, box in found.boxes.items()} == {
        "dies, Pool, Python 3.9: hangs": ("0 0", None),
        "dies, Pool, Python 3.10: raises": ("1 1", None),
        "dies, Pool, Python 3.11: raises (fork)": ("2 2", "fork"),
        "dies, Pool, Python 3.11: completes (spawn)": ("2 2", "spawn"),
    }
    assert VERDICTS[H].symbol in found.texts


@pytest.mark.parametrize(
    ("cells", "differs"),
    [([cell("3.9.2", H), cell("3.10.1", H)], False), ([cell("3.9.2", H), cell("3.10.1", R)], True)],
)
def test_where_versions_differ_is_marked(cells: list[object], differs: bool) -> None:
    assert ("data-differs" in markup.matrix(matrix(cells, {}))) == differs  # type: ignore[arg-type]


def test_what_comes_now_and_then_says_so() -> None:
    (box,) = Boxes(markup.matrix(matrix([cell("3.9.2", H, known=(H, R))], {}))).boxes
    assert box == "dies, Pool, Python 3.9: hangs now and then"


def test_many_pools_scroll() -> None:
    """Beyond a few, they would be too narrow for a word."""
    few, many = ([cell("3.9.2", H, pool=f"pool{number}") for number in range(pools)] for pools in (3, 16))
    assert 'class="many"' not in markup.matrix(matrix(few, {}))
    assert 'class="many"' in markup.matrix(matrix(many, {}))


def test_filters_have_what_is_there() -> None:
    cells = [cell("3.9.2", H), cell("3.10.1", R)]
    text = markup.filters(matrix(cells, {}), cells, ["signal"])
    for value in ("signal", "Pool", "3.9.2", "3.10.1", "fork", "hang", "raised"):
        assert f'<option value="{value}">' in text
    assert f'"{Verdict.LOST}"' not in text


def test_hostile_records_are_text() -> None:
    stored = run(HOSTILE)
    cells = judged(stored)
    one = matrix(cells, {})
    text = "".join(
        [
            markup.top(stored, cells),
            markup.matrix(one),
            markup.filters(one, cells, [HOSTILE]),
            markup.summary(one, cells),
        ]
    )
    found = Boxes(text)
    assert not found.tags & {"script", "img"}
    assert not set(text) & set("\x1b\x00\x07\u202e")
    assert any("</script>" in words for words in found.texts)
