"""A drawing as pixels. Needs resvg, which comes as a wheel (``pip install '.[pictures]'``): no browser, of the system a font."""

from __future__ import annotations

import re

from repro.errors import UsageError
from repro.report.pictures.svg import LIGHT

#: Twice as many as the drawing's own: screens of today, and print.
ZOOM = 2.0


def render(svg: str) -> bytes:
    """The PNG, in light colours. svg: as the renderers here make it. Raises UsageError where resvg is not installed."""
    try:
        import resvg_py
    except ImportError as error:
        raise UsageError(
            "a PNG needs resvg, which is not installed: pip install 'resvg-py' (or the extra: '.[pictures]')"
        ) from error
    # It knows style sheets, and no variables in them.
    fixed = re.sub(r"var\(--(\w+)\)", lambda found: LIGHT[found[1]], svg)
    return bytes(
        resvg_py.svg_to_bytes(svg_string=fixed, zoom=ZOOM, font_family="DejaVu Sans", sans_serif_family="DejaVu Sans")
    )
