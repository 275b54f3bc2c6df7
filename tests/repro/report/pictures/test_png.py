"""``png``: the drawing in pixels, twice as many as its own."""

from __future__ import annotations

import struct
import sys

import pytest

from repro.errors import UsageError
from repro.report.pictures import png, timeline_svg
from tests.repro.report.pictures.made import made


def test_it_is_twice_as_wide_as_the_drawing() -> None:
    pytest.importorskip("resvg_py", reason="resvg is an extra: pip install '.[pictures]'")
    pixels = png.render(timeline_svg.render("title", "subtitle", [made()]))
    assert pixels.startswith(b"\x89PNG\r\n\x1a\n")
    width, _height = struct.unpack(">II", pixels[16:24])
    assert width == png.ZOOM * timeline_svg.WIDTH


def test_what_to_install_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(UsageError, match="pip install"):
        png.render("<svg/>")
