"""The strokes, colours and letters of all drawings: a small SVG writer, which makes the same bytes from the same strokes.

Colours are those of Okabe and Ito (https://jfly.uni-koeln.de/color/), which people tell apart who see fewer; a symbol and a word
stand beside each. They are variables, so that a drawing follows the reader's light or dark page by itself, and print is light.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from repro.records import shown

FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"

LIGHT = {
    "page": "#ffffff",
    "ink": "#1b1f24",
    "dim": "#57606a",
    "line": "#c9d1d9",
    "panel": "#f6f8fa",
    "good": "#0072b2",
    "bad": "#b03a00",
    "kept": "#8a5a00",
    "told": "#8f3a78",
    "none": "#5b646e",
    "on": "#ffffff",
}
DARK = {
    "page": "#0d1117",
    "ink": "#e6edf3",
    "dim": "#9aa4af",
    "line": "#3b434c",
    "panel": "#161b22",
    "good": "#56b4e9",
    "bad": "#ff8a5c",
    "kept": "#f0b429",
    "told": "#e79ccb",
    "none": "#8b949e",
    "on": "#0d1117",
}


def _variables(element: str, more: str = "") -> str:
    """The rules that give an element the colours of the reader's page, or of paper. more: whatever it is to have besides."""
    light, dark = ("".join(f"--{name}:{value};" for name, value in colours.items()) for colours in (LIGHT, DARK))
    return (
        f"{element}{{{light}{more}}}@media (prefers-color-scheme:dark){{{element}{{{dark}}}}}"
        f"@media print{{{element}{{{light}}}}}"
    )


STYLE = (
    _variables("svg", f"font-family:{FONT};background:var(--page)")
    + "".join(f".f-{name}{{fill:var(--{name})}}.s-{name}{{stroke:var(--{name});fill:none}}" for name in LIGHT)
    + ".bold{font-weight:600}"
    + "".join(
        f".on-{name}{{paint-order:stroke;stroke:var(--{name});stroke-width:4px;stroke-linejoin:round}}"
        for name in ("page", "panel")
    )
)

#: How wide letters are, in parts of their size: of DejaVu Sans, the widest of the fonts above, about. What is wide by East Asian
#: Width (Unicode, UAX 11) is a square.
NARROW, WIDE = dict.fromkeys("ijlIft.,:;'|!()[]-/ ", 0.35), dict.fromkeys("mwMW@%", 0.9)
CAPITAL, OTHER, BOLD = 0.7, 0.61, 1.1


#: A text as XML can hold it.
clean = shown.text


def number(value: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")


def pixels(words: str, size: float, bold: bool = False) -> float:
    """How wide words are, about, in px."""
    return sum(map(_width, clean(words))) * size * (BOLD if bold else 1)


def _width(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    return NARROW.get(letter) or WIDE.get(letter) or (CAPITAL if letter.isupper() else OTHER)


class Key(NamedTuple):
    """What a sign means. symbol, colour, hollow: of its box, which needs a colour; wide, tall: of the box, in px."""

    words: str
    colour: str = ""
    symbol: str = ""
    hollow: str = ""
    wide: float = 22
    tall: float = 15


class Drawing:
    """Collects strokes. width: in px. Its height is that of what is drawn. cut: that the run was cut short which is drawn: who
    sees a picture takes it for all that there is. told: what is written in place of a text (``repro.report.pictures.words``)."""

    def __init__(
        self, width: float, title: str, description: str, cut: str = "", told: Callable[[str], str] = str
    ) -> None:
        self.width = width
        self.told = told
        self.height = 0.0
        self._title = title
        self._description = f"{cut}. {description}" if cut else description
        self._cut = cut
        self._strokes: list[str] = []

    def head(self, subtitle: str) -> None:
        """The title, and below it what is to be known first."""
        self.text(16, 30, self._title, size=18, bold=True)
        if self._cut:
            self.text(16, 50, self._cut, "bad", bold=True)
        self.text(16 + pixels(self._cut, 12, True) + 10 * bool(self._cut), 50, subtitle, "dim")

    def reach(self, y: float) -> None:
        """Nothing is drawn below this (px), so far."""
        self.height = max(self.height, y)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        colour: str = "ink",
        size: float = 12,
        anchor: str = "start",
        bold: bool = False,
        turned: bool = False,
        on: str = "",
    ) -> None:
        """Words whose base line is at y. anchor: start, middle or end, of x. turned: upwards, where there is no room beside.
        on: what they stand on, where they may stand on lines, too: "page" or "panel"."""
        attributes = f' text-anchor="{anchor}"' if anchor != "start" else ""
        attributes += f' transform="rotate(-35 {number(x)} {number(y)})"' if turned else ""
        style = f"f-{colour}" + " bold" * bold + f" on-{on}" * bool(on)
        self._strokes.append(
            f'<text x="{number(x)}" y="{number(y)}" class="{style}" font-size="{number(size)}"{attributes}>'
            f"{escape(clean(self.told(words)))}</text>"
        )
        self.reach(y + size / 3)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        colour: str,
        hint: str = "",
        hollow: str = "",
        round_: float = 3,
    ) -> None:
        """A box. hollow: not filled; "line", "dash" says how its edge is drawn. hint: what a pointer over it shows."""
        edge = {"": "", "line": ' stroke-width="1.5"', "dash": ' stroke-width="1.5" stroke-dasharray="3 2"'}[hollow]
        kind = f"s-{colour}" if hollow else f"f-{colour}"
        shape = (
            f'<rect x="{number(x)}" y="{number(y)}" width="{number(max(width, 1))}" height="{number(height)}"'
            f' rx="{number(round_)}" class="{kind}"{edge}'
        )
        self._strokes.append(shape + _hinted(self.told(hint), "rect"))
        self.reach(y + height)

    def line(
        self, x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1, dash: str = "", hint: str = ""
    ) -> None:
        """A line. dash: as ``stroke-dasharray``. hint: what a pointer over it shows."""
        dashed = f" stroke-dasharray={quoteattr(dash)}" if dash else ""
        self._strokes.append(
            f'<path d="M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}" class="s-{colour}"'
            f' stroke-width="{number(width)}"{dashed}{_hinted(self.told(hint), "path")}'
        )
        self.reach(max(y1, y2))

    def arrow(self, x: float, y: float, colour: str) -> None:
        """The head of an arrow to the right, its tip at x."""
        self._strokes.append(f'<path d="M{number(x - 8)} {number(y - 6)}l8 6l-8 6z" class="f-{colour}"/>')

    def legend(self, y: float, keys: Iterable[Key]) -> None:
        """What the signs mean, in as many lines as that takes. y: the first one's base line."""
        x = 20.0
        for key in keys:
            box = key.wide + 6 if key.colour else 0
            wide = box + pixels(self.told(key.words), 12)
            if x > 20 and x + wide > self.width - 16:
                x, y = 20.0, y + 22
            if key.colour:
                self.box(
                    x,
                    y - 4.5 - key.tall / 2,
                    key.wide,
                    key.tall,
                    key.colour,
                    hollow=key.hollow,
                    round_=min(3, key.wide / 2),
                )
                if key.symbol:
                    ink = key.colour if key.hollow else "on"
                    self.text(x + key.wide / 2, y - 0.5, key.symbol, ink, 11, "middle", True)
            self.text(x + box, y, key.words, "ink", 12)
            x += wide + 22

    def render(self) -> str:
        """The SVG: scales with its place, up to its width."""
        width, height = number(self.width), number(self.height + 12)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'style="max-width:100%;height:auto" role="img" aria-labelledby="t d">\n'
            f'<title id="t">{escape(clean(self._title))}</title>\n<desc id="d">{escape(clean(self._description))}</desc>\n'
            f"<style>{STYLE}</style>\n"
            f'<rect width="{width}" height="{height}" class="f-page"/>\n' + "\n".join(self._strokes) + "\n</svg>\n"
        )


def _hinted(hint: str, tag: str) -> str:
    """The end of an element that may have a hint."""
    return f"><title>{escape(clean(hint))}</title></{tag}>" if hint else "/>"


def page(title: str, svg: str) -> str:
    """An HTML page with nothing but the drawing: one file, nothing from elsewhere. Where its letters would be too small, it is
    scrolled; where there is much, it grows; a sheet of paper has its size."""
    found = re.search(r'width="([\d.]+)" height="([\d.]+)"', svg)
    assert found is not None, "a drawing says how large it is"
    width, height = map(float, found.groups())
    style = (
        f"{_variables('html')}html{{background:var(--page);color-scheme:light dark}}body{{margin:0;text-align:center}}"
        "h1{position:absolute;clip-path:inset(50%);margin:0;width:1px;height:1px;overflow:hidden}main{overflow-x:auto}"
        f"svg{{display:block;margin:auto;width:max({number(width)}px,70vw);min-width:{number(0.8 * width)}px}}"
        f"@page{{size:{number(width)}px {number(height)}px;margin:0}}@media print{{svg{{width:100%;min-width:0}}}}"
    )
    name = escape(clean(title))
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
        f"<title>{name}</title>\n<style>{style}</style>\n"
        f'<main tabindex="0" aria-labelledby="h"><h1 id="h">{name}</h1>\n{svg}</main>\n</html>\n'
    )
