"""Help texts in the width that there is. Pure, but for argparse's class."""

from __future__ import annotations

import argparse
import re
import textwrap

#: A line that stays as it is: an example, with what it does behind it.
_KEPT = re.compile(r"\s|repro |.*\S {3,}\S")
#: A line that begins an item: ``waits: who waits ...``.
_ITEM = re.compile(r"[a-z-]+: ")
#: A status, and what it means.
_STATUS = re.compile(r"( {2}\d+ +)(\S.*)")


class Formatter(argparse.RawDescriptionHelpFormatter):
    """Of argparse: paragraphs and exit statuses are filled, examples stay as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return textwrap.indent(filled(text, width), indent)


def filled(text: str, width: int) -> str:
    """Paragraphs, items and statuses in lines of a width, in columns; a line of an example as it is."""
    lines: list[str] = []
    paragraph: list[str] = []

    def end() -> None:
        if paragraph:
            lines.append(textwrap.fill(" ".join(paragraph), width, break_on_hyphens=False, break_long_words=False))
            paragraph.clear()

    for line in text.splitlines():
        status = _STATUS.fullmatch(line)
        if not line or status or _KEPT.match(line) or _ITEM.match(line):
            end()
        if status:
            told = textwrap.wrap(status[2], max(20, width - len(status[1])), break_on_hyphens=False)
            lines.append(status[1] + ("\n" + " " * len(status[1])).join(told))
        elif not line or _KEPT.match(line):
            lines.append(line)
        else:
            paragraph.append(line)
    end()
    return "\n".join(lines)
