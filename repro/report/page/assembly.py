"""The page, as one file: the markup, the style and the program of ``assets``, and the data, most of which is compressed.

The page asks nobody for anything, and says so to the browser (Content-Security-Policy, https://www.w3.org/TR/CSP3/): nothing is
fetched, and no program runs but the one whose hash stands there, whatever a record holds.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import Any

from repro.plan import catalogue
from repro.records.judged import JudgedCell
from repro.records.results import Run
from repro.report.page import contents, markup
from repro.report.pictures.matrix import matrix
from repro.report.pictures.svg import DARK, LIGHT
from repro.report.tables import FEW, distinct

ASSETS = Path(__file__).with_name("assets")

#: The page's program, in this order: each file knows the names of those before it.
PROGRAM = ("data.js", "filters.js", "timeline.js", "replay.js", "waits.js", "evidence.js", "main.js")


def render(run: Run, cells: Sequence[JudgedCell]) -> str:
    """The page of a run. cells: the run's, judged."""
    known = catalogue.scenarios()
    about = {name: (entry.scenario.title, entry.scenario.tags) for name, entry in known.items()}
    one = matrix(cells, about)
    index = contents.index(cells, one)
    tags = sorted(distinct(tag for scenario in index["scenarios"] for tag in scenario["tags"]))
    program = "(() => {\n'use strict';\n" + "\n".join(_asset(name) for name in PROGRAM) + "})();\n"
    packed = "\n".join(
        f'<script type="text/plain" id="chapter-{number}">{_packed(chapter)}</script>'
        for number, chapter in enumerate(contents.chapters(run, cells, one))
    )
    return Template(_asset("page.html")).substitute(
        hash=base64.b64encode(hashlib.sha256(program.encode()).digest()).decode(),
        style=_variables() + _asset("page.css"),
        program=program,
        top=markup.top(run, cells),
        summary=markup.summary(one, cells),
        filters=markup.filters(one, cells, tags),
        legend=markup.legend(cells),
        scrolls=' class="scrolls"' * (len(one.pools) > FEW),
        matrix=markup.matrix(one),
        origin=markup.origin(run),
        index=_json(index).replace("<", "\\u003c"),
        chapters=packed,
    )


def _asset(name: str) -> str:
    return (ASSETS / name).read_text("utf-8")


def _json(value: Any) -> str:
    """As short as can be; all ASCII, so that half a surrogate pair is none of the file's."""
    return json.dumps(value, separators=(",", ":"))


def _packed(chapter: dict[str, Any]) -> str:
    """Compressed as browsers open it (``DecompressionStream("deflate")``, https://compression.spec.whatwg.org/)."""
    return base64.b64encode(zlib.compress(_json(chapter).encode())).decode()


def _variables() -> str:
    """The colours of the pictures."""
    light, dark = ("".join(f"--{name}:{value};" for name, value in colours.items()) for colours in (LIGHT, DARK))
    return (
        f":root{{{light}color-scheme:light}}\n@media screen and (prefers-color-scheme:dark)"
        f"{{:root{{{dark}color-scheme:dark}}}}\n"
    )
