"""Slides, as one file: keys, steps, what the speaker says in a second window, a clock; printed, a sheet for each slide.

Programs, runs, pictures and questions are a slide each. Of the prose, slides show what ``::: slide`` says in its place; the prose
itself, and the notes, are the speaker's.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from string import ascii_uppercase

from repro.lessons import model
from repro.lessons.library import Records, belief
from repro.lessons.pages import sheet
from repro.lessons.pages.blocks import Markup
from repro.lessons.pages.pictures import Pictures
from repro.lessons.pages.prose import html, inline, text
from repro.lessons.pages.rows import Row, for_slides, rows, shown
from repro.lessons.phrases import say
from repro.lessons.pictures import drawings, letters

SUFFIX = ".slides.html"

#: So many rows of a program or an output stand on one slide in letters of the least size (slides.css), which the last row of a
#: hall can read; more rows go on on the next slide.
ROWS = 22

#: So many of them are left to the command and to the ending, where an output is shown.
AROUND = 4


@dataclass
class Slide:
    """One of them. title: Markdown. inside: markup; what bears the class ``step`` comes one by one.

    notes, told: Markdown, what the speaker is to do, and the prose that the slide stands for.
    """

    title: str
    inside: str
    kind: str = ""
    notes: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


def render(lesson: model.Lesson, records: Records) -> str:
    """The slides."""
    language = lesson.language
    pictures = Pictures(lesson, records, drawings.SLIDE)
    made = slides(lesson, Maker(lesson, records, pictures))
    sections = "\n".join(_section(one, number, len(made), language) for number, one in enumerate(made, 1))
    title = f"{say(language, 'lesson', number=lesson.number)}: {lesson.title}"
    keys = "".join(f"<button type='button' data-do='{do}'>{sign}</button>" for do, sign in (("back", "◀"), ("on", "▶")))
    words = {
        name: say(language, f"slides {name}") for name in ("back", "on", "notes", "next", "prose", "keys", "reset")
    }
    body = (
        f'<main id="slides">{sections}</main>\n<nav id="bar" aria-label="{text(say(language, "slides bar"))}">{keys}'
        f"<button type='button' data-do='notes'>{text(say(language, 'slides notes'))}</button><output id='place'></output>"
        f'<output id="clock" hidden></output></nav>\n<p id="keys" hidden>{text(say(language, "slides keys"))}</p>'
    )
    data = {**pictures.data(), "says": words, "licence": say(language, "licence", number=lesson.number)}
    return sheet.sheet(language, title, body, ("slides.css",), sheet.timelines("slides.js"), data)


def _section(one: Slide, number: int, count: int, language: str) -> str:
    heading = "h1" if number == 1 else "h2"
    notes = "".join(html(note) for note in one.notes)
    told = "".join(f"<div class='told'>{html(prose)}</div>" for prose in one.told)
    kind = f" {one.kind}" if one.kind else ""
    label = say(language, "slides label", number=number, count=count)
    return (
        f'<section class="slide{kind}" id="s{number}" aria-roledescription="slide" aria-label="{text(label)}">'
        f'<{heading}>{inline(one.title)}</{heading}><div class="inside">{one.inside}</div>'
        f"<template>{notes}{told}</template></section>"
    )


def slides(lesson: model.Lesson, maker: Maker) -> list[Slide]:
    """All of them; the first has the lesson's title."""
    first = Slide(
        f"{say(lesson.language, 'lesson', number=lesson.number)}: {lesson.title}", html(lesson.what_for), "title"
    )
    return [first, *(one for section in lesson.sections for one in _of(section, maker))]


def _of(section: model.Section, maker: Maker) -> Iterator[Slide]:
    """The slides of a section. Prose that no slide stands for is told on the next one, or on the last."""
    made: list[Slide] = []
    waiting: list[str] = []
    for block in section.blocks:
        if isinstance(block, model.Text):
            waiting.append(block.markdown)
        elif isinstance(block, model.Note):
            if not made:
                made.append(Slide(section.title, "", "heading"))
            made[-1].notes.append(block.markdown)
        elif shown := maker.slides(block, section.title):
            shown[0].told, waiting = waiting, []
            made += shown
    if waiting:
        if not made:
            made.append(Slide(section.title, "", "heading"))
        made[-1].told += waiting
    return iter(made)


def parts(lines: Sequence[Row], most: int = ROWS) -> list[list[Row]]:
    """Lines in parts for one slide each, of about the same height; parted at an empty line, where there is one."""
    rest = list(lines)
    found = []
    while (height := sum(row.height for row in rest)) > most and len(rest) > 1:
        ends = list(itertools.accumulate(row.height for row in rest))
        even = height / math.ceil(height / most)
        fit = [place for place, end in enumerate(ends, 1) if end <= most] or [1]
        empty = [place for place in fit if ends[place - 1] >= most // 2 and not rest[place].markup.strip()]
        place = min(empty or fit, key=lambda one: abs(ends[one - 1] - even))
        found.append(_trimmed(rest[:place]))
        rest = _trimmed(rest[place:])
    return [*found, rest]


def _trimmed(lines: list[Row]) -> list[Row]:
    """Without empty lines at either end."""
    there = [place for place, row in enumerate(lines) if row.markup.strip()]
    return lines[there[0] : there[-1] + 1] if there else lines


class Maker:
    """Makes slides of a block."""

    def __init__(self, lesson: model.Lesson, records: Records, pictures: Pictures) -> None:
        self._lesson = lesson
        self._markup = Markup(lesson, records, pictures)

    def slides(self, block: model.Block, title: str) -> list[Slide]:
        """Several for a program or an output of many lines; none for what is for readers alone. title: the section's."""
        if isinstance(block, model.Program):
            of_program = parts(for_slides(rows(self._markup.code(block.run))))
            return self._going_on(title, [self._markup.listing(block.run, shown(part)) for part in of_program])
        if isinstance(block, model.RunIt):
            return self._run(block.run, title)
        if isinstance(block, model.Stepper):
            return self._stepper(block, title)
        one = self._slide(block, title)
        return [one] if one else []

    def _run(self, run: model.Run, title: str) -> list[Slide]:
        """The command, then what it printed, as far as there is room; in the end how it ended."""
        command = f"<p><code>$ {text(letters.command(run, self._lesson))}</code></p>"
        printed = for_slides(rows(self._markup.printed(run), stamps=True))
        first, *rest = [self._markup.output(shown(part)) for part in parts(printed, ROWS - AROUND)]
        if rest:
            rest[-1] += self._markup.outcome(run)
        else:
            first += self._markup.outcome(run)
        insides = [f'{command}<div class="step ran">{first}</div>', *(f'<div class="ran">{one}</div>' for one in rest)]
        return self._going_on(title, insides)

    @staticmethod
    def _going_on(title: str, insides: list[str]) -> list[Slide]:
        """Slides of code; of several, each says which one it is."""
        count = len(insides)
        return [
            Slide(f"{title} ({number}/{count})" if count > 1 else title, inside, "code")
            for number, inside in enumerate(insides, 1)
        ]

    def _slide(self, block: model.Block, title: str) -> Slide | None:
        if isinstance(block, model.Slide):
            return Slide(block.title or title, html(block.markdown), "points")
        if isinstance(block, model.Ask):
            return self._ask(block)
        if isinstance(block, model.Reveal) and block.surprise:
            return Slide(block.title, f'<div class="step">{html(block.markdown)}</div>', "points")
        if isinstance(block, model.Exercise):
            return Slide(title, html(block.markdown), "points")
        if isinstance(block, model.Show):
            return Slide(title, self._markup.block(block), "picture")
        if isinstance(block, model.Quote):
            code = shown(rows(text("\n".join(block.lines), lines=True)))
            return Slide(title, self._markup.quoted(block, code), "code")
        return None

    def _stepper(self, block: model.Stepper, title: str) -> list[Slide]:
        """The moments from which the room chooses; then each of them, and what was recorded."""
        moments = "".join(f"<li>{inline(moment.text)}" for moment in block.moments)
        first = Slide(title, f"{html(block.markdown)}<ol class=choices>{moments}</ol>", "points")
        return [
            first,
            *(
                Slide(
                    f"{letter}. {moment.text}",
                    f'<div class="step">{self._markup.block(model.Show("timeline", moment.cell))}</div>',
                    "picture",
                )
                for letter, moment in zip(ascii_uppercase, block.moments, strict=False)
            ),
        ]

    def _ask(self, one: model.Ask) -> Slide:
        """The choices, then which one is right, then why. What the others believe is the speaker's."""
        language = self._lesson.language
        choices = "".join(
            f'<li class="{"right" if choice.right else "wrong"}">{inline(choice.text)}' for choice in one.choices
        )
        told = self._why(one.choices)
        steps = f'<span class="step solves">✓</span><div class="step">{told}{html(one.answer)}</div>' if choices else ""
        answer = f'<div class="step">{html(one.answer)}</div>' if not choices else ""
        inside = f"{html(one.markdown)}{f'<ol class=choices>{choices}</ol>' if choices else ''}{steps}{answer}"
        beliefs = [
            f"- {choice.text}\n\n  **{say(language, 'belief')}** {says}\n\n  {truth}"
            for choice in one.choices
            for says, truth in [belief(choice, language)]
            if says
        ]
        return Slide(
            say(language, f"ask {one.kind}"), inside, "question", notes=["\n".join(beliefs)] if beliefs else []
        )

    @staticmethod
    def _why(choices: Sequence[model.Choice]) -> str:
        return "".join(html(choice.reply) for choice in choices if choice.right)
