"""``matrix_text``: the matrix in signs and in words."""

from __future__ import annotations

import pytest

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


def test_a_sign_for_each_version() -> None:
    """Under each pool; what signs do not say is said in words."""
    cells = [
        cell("3.9.2", H),
        cell("3.10.1", R),
        cell("3.9.2", R, pool="safepool"),
        cell("3.9.2", C, "spawn", pool="safepool"),
    ]
    one = matrix(cells, {"dies": ("it dies", ("exit",))})
    lines = matrix_text.render("title", one, 80).splitlines()
    assert lines[2:7] == [
        "           Pool  safepool",
        "            1     1",
        "Python 3.  90    90",
        "",
        "A WORKER ENDS BY ITSELF",
    ]
    assert lines[7] == "dies       ■!    !         it dies"
    assert "dies, safepool: 3.9 raises (fork), completes (spawn)" in lines
    least = matrix_text.render("title", one, 80, ascii_=True)
    assert least.isascii()
    assert "dies       He    e" in least


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("pools", [1, 3, 16])
def test_it_fits_the_width(width: int, pools: int) -> None:
    """Many pools are numbered, and their names told above."""
    names = [f"a.long.name.of.Pool{number}" for number in range(pools)]
    one = matrix([cell("3.9.2", H, pool=name) for name in names], {"dies": ("it dies " * 10, ("exit",))})
    lines = matrix_text.render("title", one, width).splitlines()
    assert max(map(len, lines)) <= width
    assert all(name.rpartition(".")[2] in " ".join(lines) for name in names)
    assert sum(line.count("■") for line in lines) == pools + 1  # and the legend
