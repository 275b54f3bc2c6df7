"""Each block of a lesson as lines of a terminal. Pure functions of the lesson and its records."""

from __future__ import annotations

from dataclasses import dataclass

from repro.lessons import columns, model
from repro.lessons.columns import Span, wrapped
from repro.lessons.library import Records
from repro.lessons.phrases import say
from repro.lessons.pictures import letters
from repro.lessons.recording import Line
from repro.lessons.terminal.prose import Lines, inline, lines

LETTERS = "abcdefgh"
#: What goes on below a line of code that is too long is indented by that.
FURTHER = "    "


@dataclass(frozen=True)
class Page:
    """How it may look. width: in columns. colour: whether there is any. ascii_: whether there are no more letters than those."""

    width: int = 80
    colour: bool = False
    ascii_: bool = False

    @property
    def marks(self) -> bool:
        """Code is told apart by quotes where it is not by its colour."""
        return not self.colour


def text(markdown: str, page: Page, indent: str = "") -> Lines:
    """Prose."""
    return lines(markdown, page.width, page.marks, indent)


def program(run: model.Run, lesson: model.Lesson, page: Page) -> Lines:
    """The program of a run; what was changed in it is marked."""
    made: Lines = [[Span(f"    {run.program}", "dim")], []]
    for line in run.source(lesson.folder).rstrip("\n").split("\n"):
        old, new = run.change or ("", "")
        before, found, after = line.partition(new) if new else (line, "", "")
        if found and line not in (lesson.folder / "programs" / run.program).read_text("utf-8").split("\n"):
            spans = [Span(before, "code"), Span(found, "changed"), Span(after, "code")]
            made += _behind(Span("  > ", "changed"), _kept(spans, page.width - 4, FURTHER))
            made.append(
                [
                    Span("    " + " " * (len(line) - len(line.lstrip()))),
                    Span(say(lesson.language, "was", old=old), "dim"),
                ]
            )
        else:
            made += _behind(Span("    "), _kept([Span(line, "code")], page.width - 4, FURTHER))
    return made


def _kept(spans: list[Span], width: int, further: str = "") -> Lines:
    """A line that keeps what it is indented by. further: by how much more what does not fit is indented, below it."""
    head, *rest = spans
    words = head.text.lstrip(" ")
    indent = head.text[: len(head.text) - len(words)]
    return wrapped([Span(words, head.style), *rest], width, indent, indent + further)


def _behind(head: Span, lines: Lines) -> Lines:
    """Lines behind something, which stands before the first one."""
    first, *rest = lines
    return [[head, *first], *([Span(" " * columns.width(head.text)), *line] for line in rest)]


def quote(block: model.Quote, page: Page) -> Lines:
    """Lines of CPython, with the file."""
    return [
        [Span(f"    CPython, Lib/{block.file}", "dim")],
        *([Span("    "), Span(columns.cut(line, page.width - 4), "code")] for line in block.lines),
    ]


def picture(block: model.Show, lesson: model.Lesson, records: Records, page: Page) -> Lines:
    """A picture, its caption, and from when it is."""
    one = records.of(block.of)
    if one is None:
        return [[Span(say(lesson.language, "no record"), "dim")]]
    made: Lines = [[Span(line)] for line in letters.show(block, lesson, one, page.width, page.ascii_)]
    made += [[], *wrapped([Span(letters.recorded(one, lesson.language), "dim")], page.width)]
    return [*made, [], *text(block.caption, page)] if block.caption else made


def question(block: model.Ask, page: Page) -> Lines:
    """What is asked, and the choices by letters."""
    made = text(block.markdown, page)
    if block.choices:
        made.append([])
    for letter, choice in zip(LETTERS, block.choices, strict=False):
        made += wrapped([Span(f"{letter}  ", "key"), *inline(choice.text, page.marks)], page.width, "  ", "     ")
    return made


def reply(choice: model.Choice, lesson: model.Lesson, known: model.Misconception | None, page: Page) -> Lines:
    """What is said to who chose it."""
    truth = "" if known is None else known.truth.get(lesson.language) or known.truth["en"]
    words = choice.reply or truth
    head = Span(say(lesson.language, "right" if choice.right else "wrong"), "good" if choice.right else "bad")
    gap = "" if head.text.endswith("。") else " "  # that sign has its own room
    return wrapped([head, Span(gap), *inline(words, page.marks)], page.width)


def output(line: Line, page: Page) -> Lines:
    """A line of output behind its time, indented as it was; the rest of a long one below what it says."""
    stamp = letters.line_of(Line(line.at, ""))
    return _behind(Span(stamp), _kept([Span(line.text)], page.width - len(stamp)))


def started(run: model.Run, lesson: model.Lesson, page: Page) -> Lines:
    """The command that starts a program."""
    return wrapped([Span(letters.command(run, lesson), "strong")], page.width, "$ ", "  ")


def recorded_run(run: model.Run, lesson: model.Lesson, records: Records, page: Page) -> Lines:
    """The recorded run: what was printed, and how it ended."""
    one = records.of(run)
    made = started(run, lesson, page)
    if one is None:
        return [*made, [Span(say(lesson.language, "no record"), "dim")]]
    made += [part for line in one.lines for part in output(line, page)] or [[Span(say(lesson.language, "no output"))]]
    made += wrapped([Span(letters.ending(one, lesson.language), "bad" if one.hangs else "")], page.width)
    if one.counts:
        made += [[Span(line)] for line in letters.counts(one, lesson.language)]
    return [*made, *wrapped([Span(letters.recorded(one, lesson.language), "dim")], page.width)]


def exercise(block: model.Exercise, lesson: model.Lesson, page: Page) -> Lines:
    """The task, and how to begin with it."""
    return [*text(block.markdown, page), [], *text(say(lesson.language, "how to do", number=lesson.number), page)]


def plain(block: model.Block, lesson: model.Lesson, records: Records, page: Page) -> Lines:
    """A block that only is read; nothing for what is not for readers."""
    if isinstance(block, model.Text):
        return text(block.markdown, page)
    if isinstance(block, model.Program):
        return program(block.run, lesson, page)
    if isinstance(block, model.Quote):
        return quote(block, page)
    if isinstance(block, model.Show):
        return picture(block, lesson, records, page)
    return []
