"""Each picture as markup. What a run gave is drawn here; a cell's timeline is drawn, and stepped, by the page's own program."""

from __future__ import annotations

import itertools
import re
from typing import Any

from repro.lessons import model, words
from repro.lessons.library import Records
from repro.lessons.pages import prose
from repro.lessons.pages.prose import text
from repro.lessons.phrases import say
from repro.lessons.pictures import drawings, letters
from repro.lessons.pictures.cells import RecordedCell
from repro.records.results import judge_record
from repro.report.page import drawn
from repro.report.tables import label

#: How wide pictures in letters are, in columns: as many as a page has room for.
COLUMNS = 74


class Pictures:
    """The pictures of one page. ``data`` is what its program draws from, once all of them are there. layout: of drawings."""

    def __init__(self, lesson: model.Lesson, records: Records, layout: drawings.Layout = drawings.NARROW) -> None:
        self._lesson = lesson
        self._records = records
        self._layout = layout
        self._numbers = itertools.count(1)
        self._cells: dict[str, dict[str, Any]] = {}

    def figure(self, show: model.Show) -> str:
        """A picture with its caption, and from when it is; where nothing was recorded, that."""
        language = self._lesson.language
        one = self._records.of(show.of)
        caption = f"<p>{prose.inline(show.caption)}</p>" if show.caption else ""
        if one is None:
            return f'<figure><p class="dim">{text(say(language, "no record"))}</p>{caption}</figure>'
        title = say(language, f"picture {show.kind}")
        from_when = f'<p class="dim">{text(letters.recorded(one, language))}</p>'
        if show.kind == "timeline" and isinstance(one, RecordedCell):
            inside = self._stepped(show, one, title)
        else:
            inside = self._drawn(show, one, title)
        return f"<figure>{inside}<figcaption>{caption}{from_when}</figcaption></figure>"

    def data(self) -> dict[str, Any]:
        """What the program of the page draws from: ``index``."""
        language = self._lesson.language
        fates = drawn.fates()
        for fate in fates["fates"]:
            fate["word"] = words.translated(fate["word"], language)
        verdicts = list(dict.fromkeys(one["verdict"] for one in self._cells.values()))
        pools = list(dict.fromkeys(one["pool"] for one in self._cells.values()))
        return {
            **fates,
            "words": dict(words.of_programs(language)),
            "heading": "h3",  # of a timeline: sections have the second level
            "verdicts": [{"name": verdict} for verdict in verdicts],
            "pools": pools,
            "drawn": {
                name: {
                    "p": pools.index(one["pool"]),
                    "verdict": verdicts.index(one["verdict"]),
                    "timeline": one["timeline"],
                }
                for name, one in self._cells.items()
            },
        }

    def _drawn(self, show: model.Show, one: Any, title: str) -> str:
        """As a drawing; what is text, as text."""
        svg = drawings.svg(show, self._lesson, one, title, self._layout)
        lines = "\n".join(letters.show(show, self._lesson, one, COLUMNS))
        if svg is None:
            return f'<pre tabindex="0">{text(lines, lines=True)}</pre>'
        told = f'<pre tabindex="0">{text(lines, lines=True)}</pre>'
        folded = f"<details><summary>{text(say(self._lesson.language, 'in letters'))}</summary>{told}</details>"
        return f'<div class="wide" tabindex="0">{self._named(svg)}</div>{folded}'

    def _stepped(self, show: model.Show, one: RecordedCell, title: str) -> str:
        """A place in which the page's program draws; without it, the drawing stands there as it is."""
        name = show.of.name
        self._cells[name] = {
            "pool": label(one.record["pool"]),
            "verdict": str(judge_record(one.record).verdict),
            "timeline": words.timeline(drawn.timeline(one.timeline()), self._lesson.language),
        }
        fallback = self._named(drawings.svg(show, self._lesson, one, title) or "")
        return f'<div class="stepped" data-cell="{text(name)}"><div class="wide" tabindex="0">{fallback}</div></div>'

    def _named(self, svg: str) -> str:
        """A drawing beside others: what its labels refer to is its own."""
        number = next(self._numbers)
        svg = svg.replace('aria-labelledby="t d"', f'aria-labelledby="t{number} d{number}"', 1)
        svg = svg.replace('<title id="t">', f'<title id="t{number}">', 1)
        svg = svg.replace('<desc id="d">', f'<desc id="d{number}">', 1)
        return re.sub(r"<style>.*?</style>\n?", "", svg, count=1, flags=re.DOTALL)
