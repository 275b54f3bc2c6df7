"""Where records become text that may be shown: the one place, on their way out of this room.

Records are made to be shared, and what stands in them has been written by anybody. What a terminal would obey (escape sequences,
NUL), what turns or hides what stands beside it (marks of direction, characters without a shape), and what can't be encoded
(surrogates) is shown by its number. Whatever is read from a file, and whatever is made of a cell that was run, has gone through
here, so that no command and no format can forget to ask for it.

What is markup, or a formula, depends on the format: ``repro.report.formats`` knows which.
"""

from __future__ import annotations

import re
from typing import Any

#: Have no shape, and are letters or marks for Unicode: fillers, selectors of variants, the empty cell of Braille.
_SHAPELESS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
#: More marks upon one letter than any language has: they cover the lines above.
_HEAPED = re.compile("(?<=[\u0300-\u036f\u0483-\u0489\u20d0-\u20f0]{4})[\u0300-\u036f\u0483-\u0489\u20d0-\u20f0]+")

#: The fields of records whose texts have lines; a name, a reason or a command has one.
LINES = frozenset({"build", "causes", "message", "native", "source", "stacks", "stderr"})

#: In the JSON of a record: it has something to be looked at.
_TO_BE_LOOKED_AT = re.compile(r"\\[bfnrtu]")


def text(value: str, lines: bool = False) -> str:
    """A text as it may be shown. lines: whether it may have lines and tabs."""
    bare = value.replace("\n", "").replace("\t", "") if lines else value
    if bare.isascii() and bare.isprintable():
        return value
    if lines and not value.isprintable():
        return "".join(one if one in "\n\t" else text(one) for one in re.split(r"([\n\t])", value))
    if not value.isprintable():
        value = "".join(one if one.isprintable() else by_number(one) for one in value)
    value = _SHAPELESS.sub(lambda match: by_number(match[0]), value)
    return _HEAPED.sub(lambda match: "".join(map(by_number, match[0])), value)


def by_number(character: str) -> str:
    r"""A character by its number: ``\x1b``, ``\u202e``; ``\n``."""
    return character.encode("unicode_escape").decode()


def whole(value: Any, lines: bool = False) -> Any:
    """The same with every text in it as it may be shown, names included. lines: whether texts may have lines; those of the fields
    that are known for it may."""
    if isinstance(value, str):
        return text(value, lines)
    if isinstance(value, dict):
        return {
            text(name): whole(inner, lines or name in LINES) if isinstance(inner, (str, dict, list)) else inner
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [whole(inner, lines) for inner in value]
    return value


def record(value: Any, written: str) -> Any:
    """A record as it may be shown. written: the JSON that it was read from; that of most records tells at once that there is
    nothing to be done."""
    plain = written.isascii() and written.isprintable() and not _TO_BE_LOOKED_AT.search(written)
    return value if plain else whole(value)
