"""A diagnosis for a reader: on a terminal, for a program, for a browser. Pure."""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from repro.diagnose import rows
from repro.diagnose.deaths import ago
from repro.diagnose.diagnosis import Diagnosis
from repro.diagnose.kinds import HEALTHY, PAGES, STUCK, Kind, Page
from repro.diagnose.snapshot import Snapshot

if TYPE_CHECKING:
    from repro.report.tables import Table

STATES = {HEALTHY: "not stuck", STUCK: "STUCK"}


def text(found: Diagnosis, taken: Snapshot, width: int) -> str:
    """All of it. width: in columns."""
    parts = [
        filled(one, width) for one in (belongs(found), f"{found.pid}: {headline(found)}", who(found, taken)) if one
    ]
    for heading, sentences in sections(found):
        parts.append(
            f"{heading}\n" + "\n".join(filled(one, width, "- " if len(sentences) > 1 else "  ") for one in sentences)
        )
    return "\n\n".join(parts) + "\n"


def headline(found: Diagnosis) -> str:
    """``STUCK: a task is lost (certain)``. Of a program without a pool nobody here knows whether it is stuck."""
    state = "" if found.kind is Kind.NOT_A_POOL else STATES.get(found.status, "")
    sure = f" ({found.finding.certainty})" if found.status == STUCK else ""
    return f"{state}{': ' * bool(state)}{found.page.title}{sure}"


def belongs(found: Diagnosis) -> str:
    """``23158 is a worker of 23142 (multiprocessing.Pool): that program is looked at``; "" where the program was asked for."""
    return f"{found.asked} is {found.belongs}: {found.pid} is looked at" if found.belongs else ""


def who(found: Diagnosis, taken: Snapshot) -> str:
    """Which program, with which pool, since when."""
    seen = taken.seen(found.finding.owner)
    age = f", running for {ago(seen.age)}" if seen is not None else ""
    python = f", Python {seen.python}" if seen is not None and seen.python not in ("", "?") else ""
    pool = f", {found.pool}" if found.pool else ""
    others = len([one for one in taken.processes if not one.outsider and not one.ended]) - 1 + taken.omitted
    count = f", {others:,} process{'es' if others != 1 else ''} below it" if others else ""
    command = found.program if len(found.program) <= 60 else found.program[:57] + "..."
    return f"{command or 'a program'} (pid {found.finding.owner}{python}{pool}{age}{count})"


def sections(found: Diagnosis) -> list[tuple[str, list[str]]]:
    """Headings, and the sentences below each."""
    page = found.page
    parts = [("What it is", [page.means]), ("What it rests on", [*map(sentence, found.finding.evidence)])]
    if found.now:
        parts.append(("What to do now", [found.now]))
    if found.status == STUCK:
        parts += [("What is lost", [sentence(found.lost)]), ("The next time", [found.next])]
    if found.also:
        parts.append(
            ("Also", [f"{PAGES[one.kind].title}: {sentence('; '.join(one.evidence[:2]))}" for one in found.also[:4]])
        )
    if found.missing:
        parts.append(
            (
                "What could not be seen",
                [f"{one.source}: {one.why}{f'. {sentence(one.help)}' if one.help else ''}" for one in found.missing],
            )
        )
    names = ", ".join(found.scenarios)
    parts.append(
        (
            "More",
            [
                f"repro show {found.kind.value}{f'; from processes that really died: repro show {names}' if names else ''}"
            ],
        )
    )
    return [(heading, sentences) for heading, sentences in parts if sentences]


def document(found: Diagnosis, taken: Snapshot) -> dict[str, Any]:
    """For a program."""
    return {
        "pid": found.pid,
        "asked": found.asked or found.pid,
        "asked_is": found.belongs or "the program",
        "program": {"pid": found.finding.owner, "command": found.program, "pool": found.pool},
        "diagnosis": found.kind.value,
        "title": found.page.title,
        "stuck": None if found.kind is Kind.NOT_A_POOL else {HEALTHY: False, STUCK: True}.get(found.status),
        "certainty": found.finding.certainty,
        "evidence": found.finding.evidence,
        "pids": found.finding.pids,
        "now": found.now,
        "lost": found.lost,
        "next": found.next,
        "scenarios": list(found.scenarios),
        "also": [{"diagnosis": one.kind.value, "pid": one.owner, "evidence": one.evidence} for one in found.also],
        "not_seen": [{"source": one.source, "why": one.why, "help": one.help} for one in found.missing],
        "taken": taken.taken,
        "took": taken.took,
    }


def markdown(found: Diagnosis, taken: Snapshot, details: bool) -> list[str]:
    """For a comment: paragraphs, each of which stands for itself. details: with the place of each thread."""
    from repro.report.formats.markdown import section
    from repro.report.literal import literal

    change = literal("markdown")
    parts = [f"# {change(f'{found.pid}: {headline(found)}')}", change(belongs(found)), change(who(found, taken))]
    parts = [one for one in parts if one]
    for heading, sentences in sections(_with_texts(found, change)):
        parts.append(f"## {heading}\n\n" + "\n".join(f"- {one}" for one in sentences))
    parts.append(section(rows.table(taken).with_texts(change)))
    for heading, text_ in rows.threads(taken) if details else ():
        parts.append(f"## {change(heading)}\n\n{textwrap.indent(text_.rstrip(), '    ')}")
    return parts


def _with_texts(found: Diagnosis, change: Callable[[str], str]) -> Diagnosis:
    """The same with what comes of the program in other words; what the pages say stays."""
    finding, *also = (replace(one, evidence=[*map(change, one.evidence)]) for one in (found.finding, *found.also))
    missing = [
        replace(one, source=change(one.source), why=change(one.why), help=change(one.help)) for one in found.missing
    ]
    return replace(found, finding=finding, also=also, missing=missing)


def page(several: Iterable[tuple[Diagnosis, Snapshot]], details: bool = False) -> str:
    """For a browser: one file that fetches nothing. details: with the place of each thread."""
    bodies = []
    for found, taken in several:
        blocks = [f"<h1>{html.escape(f'{found.pid}: {headline(found)}')}</h1>"]
        blocks += [f"<p>{html.escape(one)}</p>" for one in (belongs(found), who(found, taken)) if one]
        for heading, sentences in sections(found):
            items = "".join(f"<li>{html.escape(one)}</li>" for one in sentences)
            blocks.append(f"<h2>{html.escape(heading)}</h2><ul>{items}</ul>")
        blocks.append(_html_table(rows.table(taken)))
        for heading, text_ in rows.threads(taken) if details else ():
            blocks.append(f"<h2>{html.escape(heading)}</h2><pre>{html.escape(text_)}</pre>")
        bodies.append("<article>" + "\n".join(blocks) + "</article>")
    style = (
        "body{font:16px/1.5 sans-serif;max-width:46em;margin:2em auto;padding:0 1em}h1{font-size:1.4em}h2{font-size:1em}"
        "div,pre{overflow-x:auto}table{border-collapse:collapse}td,th{padding:.2em .6em;text-align:left;vertical-align:top}"
        "tr+tr{border-top:1px solid #8884}"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>repro diagnose</title><style>{style}:root{{color-scheme:light dark}}</style></head><body>\n"
        + "\n".join(bodies)
        + "\n</body></html>\n"
    )


def _html_table(table: Table) -> str:
    """Of a page: what it has is escaped here."""
    cells = [("th", table.headers), *(("td", row) for row in table.rows)]
    lines = ("".join(f"<{tag}>{html.escape(one)}</{tag}>" for one in row) for tag, row in cells)
    body = "\n".join(f"<tr>{line}</tr>" for line in lines)
    return f"<h2>{html.escape(table.title)}</h2><div><table>\n{body}\n</table></div>"


def manual(kind: Kind, width: int) -> str:
    """The page of a kind in ``repro show``."""
    one: Page = PAGES[kind]
    state = {HEALTHY: "a program that is not stuck", STUCK: "a program that is stuck"}.get(one.status, "neither")
    parts = [filled(f"{kind.value}: {one.title} (a diagnosis of repro diagnose: {state})", width)]
    for heading, told in (
        ("What it is", one.means),
        ("What to do now", one.to_do("PID", ["PIDS"], ["WORKERS"])),
        ("What is lost", sentence(one.lost)),
        ("The next time", one.next),
        ("Scenarios that show it", ", ".join(one.scenarios)),
    ):
        if told:
            parts.append(f"{heading}\n{filled(told, width, '  ')}")
    return "\n\n".join(parts) + "\n"


def sentence(words: str) -> str:
    """With a full stop and a capital letter, but for the name of a function."""
    words = words.strip()
    ends = "" if words.endswith((".", "!", "?")) else "."
    name = words.partition(" ")[0].endswith("()")
    return f"{words[:1] if name else words[:1].upper()}{words[1:]}{ends}" if words else ""


def filled(words: str, width: int, before: str = "") -> str:
    """Lines of a terminal. before: what stands in the first one; the others begin below its end. A command stays in one line,
    where it fits into one: it is going to be copied."""
    whole = re.compile(f"`[^`]{{1,{max(1, width - len(before) - 2)}}}`")
    told = textwrap.fill(
        whole.sub(lambda match: match[0].replace(" ", _KEPT), words),
        width,
        initial_indent=before,
        subsequent_indent=" " * len(before),
        break_on_hyphens=False,
        break_long_words=True,
    )
    return told.replace(_KEPT, " ")


#: Stands for a space where no line may end: no text has it (``repro.records.shown``), and ``textwrap`` takes it for a letter.
_KEPT = "\0"
