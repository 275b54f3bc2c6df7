"""The handout for a browser: one file. A choice answers when it is opened, answers are folded, a cell's timeline is stepped.

On paper it has the questions, not the answers: those are in the key, a file of its own. What the runs gave, and what is folded
besides, stands there.
"""

from __future__ import annotations

from repro.lessons import model
from repro.lessons.library import Records
from repro.lessons.pages import blocks, prose, sheet
from repro.lessons.pages.blocks import Markup
from repro.lessons.pages.pictures import Pictures
from repro.lessons.pages.prose import inline, text
from repro.lessons.phrases import say

SUFFIX = ".html"


def render(lesson: model.Lesson, records: Records) -> str:
    """The handout."""
    language = lesson.language
    pictures = Pictures(lesson, records)
    markup = Markup(lesson, records, pictures)
    contents = "".join(f'<li><a href="#{text(one.key)}">{inline(one.title)}</a>' for one in lesson.sections)
    sections = "\n".join(
        f'<section id="{text(one.key)}"><h2>{inline(one.title)}</h2>\n{"".join(map(markup.block, one.blocks))}</section>'
        for one in lesson.sections
    )
    name = say(language, "contents")
    licence = f"<footer><p>{text(say(language, 'licence', number=lesson.number))}</footer>"
    body = (
        f"{_top(lesson)}<nav aria-label='{text(name)}'><h2>{text(name)}</h2><ol>{contents}</ol></nav></header>\n"
        f'<main id="text" tabindex="-1">{sections}</main>\n{licence}'
    )
    program = sheet.timelines("handout.js")
    return sheet.sheet(language, _title(lesson), body, ("handout.css",), program, pictures.data())


def answers(lesson: model.Lesson) -> str:
    """The answer key."""
    language = lesson.language
    title = say(language, "key title", number=lesson.number, title=lesson.title)
    inside = "\n".join(blocks.answers(lesson))
    body = (
        f'<header><h1>{text(title)}</h1><p class="what-for">{text(say(language, "key for"))}</p></header>\n'
        f"<main>{inside}</main>\n"
        f"<footer><p>{text(say(language, 'licence', number=lesson.number))}</footer>"
    )
    return sheet.sheet(language, title, body, ("handout.css",), "", {})


def _title(lesson: model.Lesson) -> str:
    return f"{say(lesson.language, 'lesson', number=lesson.number)}: {lesson.title}"


def _top(lesson: model.Lesson) -> str:
    language = lesson.language
    return (
        f'<a class="skip" href="#text">{text(say(language, "to the text"))}</a>\n<header><h1>{text(_title(lesson))}</h1>'
        f'<p class="what-for">{inline(lesson.what_for)}</p>'
        f'<p class="dim">{text(say(language, "minutes", read=lesson.read, do=lesson.do))}</p>'
        f"{prose.html(say(language, 'in a terminal', number=lesson.number))}"
    )
