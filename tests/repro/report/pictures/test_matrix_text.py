"""``matrix_text``: the matrix in words."""

from __future__ import annotations

from repro.report.pictures import matrix_text
from repro.report.pictures.matrix import matrix
from tests.repro.report.pictures.test_matrix import C, H, R, cell


def words(*cells: object) -> str:
    one = matrix(cells, {})  # type: ignore[arg-type]
    return matrix_text.in_words(one, one.groups[0][1][0].pools["Pool"])


def test_versions_are_named_where_they_differ() -> None:
    assert words(cell("3.9.2", H), cell("3.10.1", H)) == "hangs"
    assert words(cell("3.9.2", H), cell("3.10.1", R), cell("3.11.1", R)) == "3.9 hangs; 3.10 to 3.11 raises"


def test_start_methods_are_named_where_they_differ() -> None:
    assert words(cell("3.9.2", H), cell("3.9.2", C, "spawn")) == "hangs (fork), completes (spawn)"
    assert words(cell("3.9.2", H, known=(H, C))) == "hangs now and then"


def test_a_paragraph_for_each_scenario() -> None:
    one = matrix([cell("3.9.2", H), cell("3.9.2", R, pool="safepool")], {"dies": ("it dies", ("exit",))})
    text = matrix_text.render("title", one)
    assert "dies: it dies\n    ■ Pool hangs\n    ! safepool raises\n" in text
    assert matrix_text.render("title", one, ascii_=True).isascii()
