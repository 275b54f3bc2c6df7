"""Texts with values in other words, by templates: ``worker {number}`` is ``ワーカー{number}``. Pure functions."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

#: The values that are numbers; any other may be whatever it is.
NUMBERS = frozenset(
    [
        "after",
        "all",
        "before",
        "count",
        "cpu",
        "dead",
        "left",
        "ms",
        "number",
        "pid",
        "seconds",
        "size",
        "start",
        "switches",
        "task",
        "until",
        "window",
    ]
)


def filled(text: str, known: Mapping[str, str]) -> str:
    """A text in other words, as it is where none are known. known: by template; of several that fit, the first one is taken.
    The values are put into other words themselves."""
    if (found := known.get(text)) is not None:
        return found
    for template, other in known.items():
        if "{" in template and (match := _pattern(template).fullmatch(text)) is not None:
            return other.format(**{name: filled(value, known) for name, value in match.groupdict().items()})
    return text


@functools.cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    values = [f"(?P<{name}>{'[0-9.,]+' if name in NUMBERS else '.+?'})" for name in parts[1::2]]
    return re.compile("".join(re.escape(part) + value for part, value in zip(parts[::2], [*values, ""], strict=True)))
