"""A page as one file: its style, its program, its data; it asks nobody for anything (``repro.report.page.shell``)."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import Any

from repro.lessons.pages.prose import text
from repro.report.page import shell

ASSETS = Path(__file__).with_name("assets")

#: What draws the timelines of cells, and steps through them.
TIMELINES = ("elements.js", "timeline.js", "replay.js")


def asset(name: str) -> str:
    """A file of ``assets``."""
    return (ASSETS / name).read_text("utf-8")


def sheet(language: str, title: str, body: str, styles: tuple[str, ...], program: str, data: dict[str, Any]) -> str:
    """The file. body: markup. styles: files of ``assets``. program: the page's; it finds ``data`` in the element ``index``."""
    return Template(asset("sheet.html")).substitute(
        language=text(language),
        hash=shell.digest(program),
        title=text(title),
        style=shell.variables() + shell.asset("pictures.css") + "".join(map(asset, ("text.css", *styles))),
        body=body,
        index=shell.json_in_page(data),
        program=program,
    )


def timelines(*own: str) -> str:
    """A program that can draw timelines. own: files of ``assets`` that follow."""
    return shell.script(*map(shell.asset, TIMELINES), *map(asset, own))
