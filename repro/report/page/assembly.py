"""The page, as one file: the markup, the style and the program of ``assets``, and the data, most of which is compressed."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from string import Template
from typing import Any

from repro.plan import catalogue
from repro.records.judged import JudgedCell
from repro.records.results import Run
from repro.report.page import contents, markup
from repro.report.page.shell import PICTURES, asset, digest, json_in_page, json_text, script, variables
from repro.report.pictures.matrix import matrix
from repro.report.tables import FEW, distinct

#: The page's program, in this order: each file knows the names of those before it.
PROGRAM = ("elements.js", "data.js", "filters.js", *PICTURES, "evidence.js", "main.js")


def render(run: Run, cells: Sequence[JudgedCell]) -> str:
    """The page of a run. cells: the run's, judged."""
    known = catalogue.scenarios()
    about = {name: (entry.scenario.title, entry.scenario.tags) for name, entry in known.items()}
    one = matrix(cells, about)
    index = contents.index(cells, one)
    tags = sorted(distinct(tag for scenario in index["scenarios"] for tag in scenario["tags"]))
    program = script(*map(asset, PROGRAM))
    packed = "\n".join(
        f'<script type="text/plain" id="chapter-{number}">{_packed(chapter)}</script>'
        for number, chapter in enumerate(contents.chapters(run, cells, one))
    )
    return Template(asset("page.html")).substitute(
        hash=digest(program),
        style=variables() + asset("pictures.css") + asset("page.css"),
        program=program,
        top=markup.top(run, cells),
        summary=markup.summary(one, cells),
        filters=markup.filters(one, cells, tags),
        legend=markup.legend(cells),
        scrolls=' class="scrolls"' * (len(one.pools) > FEW),
        matrix=markup.matrix(one),
        origin=markup.origin(run),
        index=json_in_page(index),
        chapters=packed,
    )


def _packed(chapter: dict[str, Any]) -> str:
    """Compressed as browsers open it (``DecompressionStream("deflate")``, https://compression.spec.whatwg.org/)."""
    return base64.b64encode(zlib.compress(json_text(chapter).encode())).decode()
