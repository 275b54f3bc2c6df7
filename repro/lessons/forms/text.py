"""The lesson as plain text of 80 columns: what is printed where there is no terminal to walk through it."""

from __future__ import annotations

from repro.lessons import model
from repro.lessons.columns import Span
from repro.lessons.library import Records, misconceptions
from repro.lessons.phrases import say
from repro.lessons.terminal import blocks
from repro.lessons.terminal.blocks import LETTERS, Page
from repro.lessons.terminal.prose import Lines, paint

SUFFIX = ".txt"
PAGE = Page(80)


def render(lesson: model.Lesson, records: Records) -> str:
    """The text; runs as they were recorded; the answers behind all of it."""
    made: Lines = [[Span(f"{lesson.number}. {lesson.title}")], *blocks.text(lesson.what_for, PAGE), []]
    answers: Lines = []
    for number, section in enumerate(lesson.sections, 1):
        title = f"{lesson.number}.{number} {section.title}"
        made += [[], [Span(title)], [Span("-" * 80)], []]
        for block in section.blocks:
            if found := _block(block, lesson, records, answers):
                made += [*found, []]
    made += [[], [Span(say(lesson.language, "answers"))], [Span("-" * 80)], *answers]
    return "\n".join(paint(line, colour=False).rstrip() for line in made).rstrip() + "\n"


def _block(block: model.Block, lesson: model.Lesson, records: Records, answers: Lines) -> Lines:
    if isinstance(block, model.RunIt):
        return blocks.recorded_run(block.run, lesson, records, PAGE)
    if isinstance(block, model.Ask):
        number = sum(isinstance(line[0], Span) and line[0].style == "key" for line in answers if line) + 1
        answers += [[], [Span(say(lesson.language, "question", number=number), "key")], *_answer(block, lesson)]
        return [[Span(say(lesson.language, "question", number=number))], *blocks.question(block, PAGE)]
    if isinstance(block, model.Reveal):
        return [[Span(block.title)], *blocks.text(block.markdown, PAGE, "  ")]
    if isinstance(block, model.Stepper):
        made = blocks.text(block.markdown, PAGE)
        for moment in block.moments:
            made += [[], *blocks.text(moment.text, PAGE)]
            made += blocks.picture(model.Show("timeline", moment.cell), lesson, records, PAGE)
        return made
    if isinstance(block, model.Exercise):
        return blocks.exercise(block, lesson, PAGE)
    return blocks.plain(block, lesson, records, PAGE)


def _answer(block: model.Ask, lesson: model.Lesson) -> Lines:
    made: Lines = []
    for letter, choice in zip(LETTERS, block.choices, strict=False):
        known = misconceptions().get(choice.misconception or "")
        head, *rest = blocks.reply(choice, lesson, known, Page(76))
        made += [[Span(f"{letter}  "), *head], *([Span("   "), *line] for line in rest)]
    return [*made, *blocks.text(block.answer, PAGE)]
