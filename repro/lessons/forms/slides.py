"""Slides, as one file: keys, steps, what the speaker says in a second window, a clock; printed, a sheet for each slide.

Programs, runs, pictures and questions are a slide each. Of the prose, slides show what ``::: slide`` says in its place; the prose
itself, and the notes, are the speaker's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from repro.lessons import model
from repro.lessons.library import Records, belief
from repro.lessons.pages import sheet
from repro.lessons.pages.blocks import Markup
from repro.lessons.pages.pictures import Pictures
from repro.lessons.pages.prose import html, inline, text
from repro.lessons.phrases import say
from repro.lessons.pictures import letters

SUFFIX = ".slides.html"

#: So many lines of a program or an output stand on one slide, where the last row can read them; more go on on the next one.
LINES = 26


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
    pictures = Pictures(lesson, records)
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


def parts(lines: str) -> list[str]:
    """Lines in parts for one slide each, of about the same length; parted at an empty line, where there is one."""
    rest = lines.split("\n")
    found = []
    while len(rest) > LINES:
        even = len(rest) / math.ceil(len(rest) / LINES)
        empty = [place for place in range(LINES // 2, LINES + 1) if not rest[place].strip()]
        place = min(empty, key=lambda one: abs(one - even)) if empty else round(even)
        found.append("\n".join(rest[:place]).rstrip("\n"))
        rest = "\n".join(rest[place:]).lstrip("\n").split("\n")
    return [*found, "\n".join(rest)]


class Maker:
    """Makes slides of a block."""

    def __init__(self, lesson: model.Lesson, records: Records, pictures: Pictures) -> None:
        self._lesson = lesson
        self._markup = Markup(lesson, records, pictures)

    def slides(self, block: model.Block, title: str) -> list[Slide]:
        """Several for a program or an output of many lines; none for what is for readers alone. title: the section's."""
        if isinstance(block, model.Program):
            shown = parts(self._markup.code(block.run))
            return self._going_on(title, [self._markup.listing(block.run, part) for part in shown])
        if isinstance(block, model.RunIt):
            return self._run(block.run, title)
        one = self._slide(block, title)
        return [one] if one else []

    def _run(self, run: model.Run, title: str) -> list[Slide]:
        """The command, then what it printed, as far as there is room; in the end how it ended."""
        command = f"<p><code>$ {text(letters.command(run, self._lesson))}</code></p>"
        shown = [self._markup.output(part) for part in parts(self._markup.printed(run))]
        shown[-1] += self._markup.outcome(run)
        first, *rest = shown
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
        if isinstance(block, (model.Show, model.Quote)):
            return Slide(title, self._markup.block(block), "picture" if isinstance(block, model.Show) else "code")
        if isinstance(block, model.Stepper):
            return Slide(title, self._markup.block(block), "points")
        return None

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
            f"- {choice.text}\n  **{say(language, 'belief')}** {says} {truth}"
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
