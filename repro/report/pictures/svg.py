"""The strokes, colours and letters of all drawings: a small SVG writer, which makes the same bytes from the same strokes.

Colours are those of Okabe and Ito (https://jfly.uni-koeln.de/color/), which people tell apart who see fewer; a symbol and a word
stand beside each. They are variables, so that a drawing follows the reader's light or dark page by itself, and print is light.
"""

from __future__ import annotations

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


def _variables(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())


STYLE = (
    f"svg{{{_variables(LIGHT)}font-family:{FONT};background:var(--page)}}"
    f"@media (prefers-color-scheme:dark){{svg{{{_variables(DARK)}}}}}"
    f"@media print{{svg{{{_variables(LIGHT)}}}}}"
    + "".join(f".f-{name}{{fill:var(--{name})}}.s-{name}{{stroke:var(--{name});fill:none}}" for name in LIGHT)
    + ".bold{font-weight:600}"
)


#: A text as XML can hold it.
clean = shown.text


def number(value: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")


class Drawing:
    """Collects strokes. width: in px. Its height is that of what is drawn. cut: that the run was cut short which is drawn: who
    sees a picture takes it for all that there is."""

    def __init__(self, width: float, title: str, description: str, cut: str = "") -> None:
        self.width = width
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
        self.text(16 + 8 * len(self._cut), 50, subtitle, "dim")

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
    ) -> None:
        """Words whose base line is at y. anchor: start, middle or end, of x. turned: upwards, where there is no room beside."""
        attributes = f' text-anchor="{anchor}"' if anchor != "start" else ""
        attributes += f' transform="rotate(-35 {number(x)} {number(y)})"' if turned else ""
        style = f"f-{colour} bold" if bold else f"f-{colour}"
        self._strokes.append(
            f'<text x="{number(x)}" y="{number(y)}" class="{style}" font-size="{number(size)}"{attributes}>'
            f"{escape(clean(words))}</text>"
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
        self._strokes.append(shape + (f"><title>{escape(clean(hint))}</title></rect>" if hint else "/>"))
        self.reach(y + height)

    def line(self, x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1, dash: str = "") -> None:
        """A line. dash: as ``stroke-dasharray``."""
        dashed = f" stroke-dasharray={quoteattr(dash)}" if dash else ""
        self._strokes.append(
            f'<path d="M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}" class="s-{colour}"'
            f' stroke-width="{number(width)}"{dashed}/>'
        )
        self.reach(max(y1, y2))

    def arrow(self, x: float, y: float, colour: str) -> None:
        """The head of an arrow to the right, its tip at x."""
        self._strokes.append(f'<path d="M{number(x - 8)} {number(y - 6)}l8 6l-8 6z" class="f-{colour}"/>')

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


def page(title: str, svg: str) -> str:
    """An HTML page with nothing but the drawing: one file, nothing from elsewhere."""
    style = "body{margin:0;text-align:center}:root{color-scheme:light dark}"
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(clean(title))}</title>\n<style>{style}</style>\n{svg}</html>\n"
    )
