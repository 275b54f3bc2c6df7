"""What stands in records, in formats in which some characters mean something: markup and formulas are shown, and mean nothing.

Of markup there are as many kinds as formats of tables, and in some places of each nothing can be escaped (in code, say). What has
a meaning in any of them is therefore shown by its number, as ``U+007C``, which has none in any.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

#: Formats that show every text as it is: those that are drawn for a terminal, and those whose writers escape what they must.
_PLAIN = re.compile(
    r"terminal|page|json|junit|actions|perfetto|svg|txt|plain|simple|presto|pretty|psql|(?!colon).*(grid|outline)"
)
_SHEETS = ("csv", "tsv")

#: What has a meaning in some format of tables: Markdown, HTML, reStructuredText, the wikis', Textile, AsciiDoc, Org.
_MARKUP = re.compile(
    "|".join(
        [
            r"[|`*~^{$@#]",  # columns, code, emphasis, macros, formulas, people, issues
            r"^(?:[->+=:;!.]+(?=\s)|:(?=\w+:))",  # lists, quotes, directives, fields begin a line with them
            r"<(?=[A-Za-z/!?])|&(?=[#\w])",  # tags, entities
            r"\[(?=[\[!^/]|\w+:)|\](?=[(\[:])|'(?=')",  # links, notes, emphasis
            r"(?<!\w)_+(?=\w(?:[^_]*\w)?_+(?!\w))",  # emphasis
        ]
    )
)
_LATEX = re.compile(r"[\\{}$&#^~%]")

#: A spreadsheet computes what begins with one of these; also behind what may separate fields, where it takes another separator.
_FORMULA = re.compile(r"(^|[;,|\t\r\n])(\s*)(?=[=+@\uff1d\uff0b\uff20]|[-\uff0d](?!\s|$))")


def literal(name: str) -> Callable[[str], str]:
    """What makes a text of a record stand as it is in a format. name: of ours, or of tabulate's; one that is not known here is
    taken for markup."""
    if name in _SHEETS:
        return of_sheets
    if _PLAIN.fullmatch(name):
        return str
    return of_latex if name.startswith("latex") else of_markup


def of_markup(text: str) -> str:
    """``a|b`` is ``aU+007Cb``."""
    return _MARKUP.sub(_number, text)


def of_latex(text: str) -> str:
    """Of tabulate's formats for LaTeX some escape what is in a table, and none what is beside it."""
    return _MARKUP.sub(_number, _LATEX.sub(_number, text))


def of_sheets(text: str) -> str:
    """Behind an apostrophe, nothing is computed."""
    return _FORMULA.sub(r"\1\2'", text)


def _number(match: re.Match[str]) -> str:
    return "".join(f"U+{ord(character):04X}" for character in match[0])


def everywhere(value: Any, change: Callable[[str], str]) -> Any:
    """Of what JSON can hold, the same with every text changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(name): everywhere(inner, change) for name, inner in value.items()}
    return [everywhere(inner, change) for inner in value] if isinstance(value, list) else value
