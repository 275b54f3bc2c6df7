"""``shell``: what every page of ours is made of can stand in one."""

from __future__ import annotations

import json
import re

from repro.report.page import assembly, shell
from repro.report.pictures.svg import DARK, LIGHT


def test_the_program_can_stand_in_a_page() -> None:
    """It would end where this stood, and a hash of its whole would be of nothing."""
    for name in assembly.PROGRAM:
        assert "</" not in shell.asset(name)
    assert {path.name for path in shell.ASSETS.iterdir()} == {
        *assembly.PROGRAM,
        "page.css",
        "pictures.css",
        "page.html",
    }


def test_data_can_stand_in_a_page() -> None:
    """No text in it ends it, and it is what it was."""
    value = {"a": "</script><!--", "b": ["\ud800", 1.5]}
    assert "<" not in shell.json_in_page(value)
    assert json.loads(shell.json_in_page(value)) == value


def test_the_pictures_have_their_colours() -> None:
    """Light and dark, every one that a style asks for."""
    there = shell.variables()
    for style in ("page.css", "pictures.css"):
        for name in set(re.findall(r"var\(--(\w+)", shell.asset(style))) - {"c", "versions", "lines", "pools"}:
            assert f"--{name}:{LIGHT[name]};" in there and f"--{name}:{DARK[name]};" in there
