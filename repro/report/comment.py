"""How does Markdown fit a comment on GitHub? What is short stays whole, long tables lose their last rows, and what is left out is
said. Pure functions of text."""

from __future__ import annotations

import string
from collections.abc import Sequence

#: So many characters a comment, an issue or a pull request can have. GitHub's API refuses more: *Body is too long (maximum is
#: 65536 characters)*.
LIMIT = 65_536

#: A part of no more characters than these is kept before all longer ones: sentences, legends, small tables.
SHORT = 4_000


def fitted(parts: Sequence[str], more: str, limit: int = LIMIT) -> str:
    """The parts as one text of at most so many characters, the line end included.

    parts: paragraphs, lists and tables, a heading above each that has one. more: how to get what is left out. limit: in
    characters, and more than a sentence.
    """
    whole = "\n\n".join(parts) + "\n"
    if len(whole) <= limit:
        return whole
    last = f"Some of it is left out, since a comment on GitHub holds {limit:,} characters; {more}."
    room = limit - len(last) - 1
    kept = [""] * len(parts)
    for place in sorted(range(len(parts)), key=lambda one: (len(parts[one]) > SHORT, one)):
        kept[place] = _cut(parts[place], room - 2)
        room -= len(kept[place]) + 2 * bool(kept[place])
    return "\n\n".join(filter(None, [*kept, last])) + "\n"


def _cut(part: str, room: int) -> str:
    """As many lines of a part as there is room for, and how many are left out; nothing where not even its head and a line fit. A
    block of code that is cut ends where it is cut."""
    if len(part) <= room:
        return part
    lines = part.split("\n")
    fence = next((line.rstrip(string.ascii_lowercase) for line in lines if line.startswith("```")), "")
    end = f"\n{fence}" * bool(fence) + _gone(len(lines))
    room -= len(end)
    heading = 2 * part.startswith("## ")
    head = next((number + 1 for number, line in enumerate(lines) if line.startswith("|:")), heading)
    count = used = 0
    while used + len(lines[count]) + 1 <= room:
        used += len(lines[count]) + 1
        count += 1
    if count <= head:
        return ""
    is_open = bool(fence) and sum(line.startswith(fence) for line in lines[:count]) == 1
    return "\n".join(lines[:count]) + f"\n{fence}" * is_open + _gone(len(lines) - count)


def _gone(count: int) -> str:
    return f"\n\n({count:,} more line{'s' * (count != 1)})"
