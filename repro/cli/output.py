"""How output may look: colour only on a terminal that wants it (https://no-color.org), as wide as it is."""

from __future__ import annotations

import os
import shutil
import sys

from repro.report.formats import Style


def terminal_style() -> Style:
    """For standard output."""
    on_terminal = sys.stdout.isatty()
    colour = on_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Style(colour=colour, width=shutil.get_terminal_size((120, 24)).columns if on_terminal else 120)
