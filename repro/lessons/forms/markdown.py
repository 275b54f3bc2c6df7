"""The handout as Markdown: one file, for GitHub and whatever shows CommonMark.

Answers are folded in ``<details>``, which GitHub, Jupyter and VS Code know; pictures are in letters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from repro.lessons import model
from repro.lessons.library import Records, belief
from repro.lessons.pages.prose import inline
from repro.lessons.phrases import say
from repro.lessons.pictures import letters
from repro.records.shown import text as clean

SUFFIX = ".md"

#: What stands before choices.
LETTERS = "ABCDEFGH"
#: How what is folded ends.
FOLD_ENDS = "</details>"
#: How wide pictures in letters are, in columns.
COLUMNS = 80


def render(lesson: model.Lesson, records: Records) -> str:
    """The handout."""
    language = lesson.language
    parts = [
        f"# {say(language, 'lesson', number=lesson.number)}: {lesson.title}",
        lesson.what_for,
        aside(say(language, "minutes", read=lesson.read, do=lesson.do), language),
        say(language, "in a terminal", number=lesson.number),
    ]
    for section in lesson.sections:
        parts.append(f"## {section.title}")
        for block in section.blocks:
            parts += parts_of(block, lesson, records)
    return whole([*parts, "---", say(language, "licence", number=lesson.number)])


def answers(lesson: model.Lesson) -> str:
    """The answer key."""
    language = lesson.language
    parts = [f"# {say(language, 'key title', number=lesson.number, title=lesson.title)}", say(language, "key for")]
    for section in lesson.sections:
        inside = [part for block in section.blocks for part in _key(block, language)]
        parts += [f"## {section.title}", *inside] if inside else []
    return whole(parts)


def whole(parts: Iterable[str]) -> str:
    """Parts as one text."""
    return "\n\n".join(part for part in parts if part.strip()) + "\n"


def parts_of(block: model.Block, lesson: model.Lesson, records: Records) -> Iterator[str]:
    """What a block becomes, with an empty line between each two; nothing of what is not for readers."""
    language = lesson.language
    if isinstance(block, model.Text):
        yield block.markdown
    elif isinstance(block, model.Program):
        yield program_name(block.run, language)
        yield fenced(block.run.source(lesson.folder), "python")
    elif isinstance(block, model.RunIt):
        command = inline(f"`{letters.command(block.run, lesson)}`")
        yield folded(f"{say(language, 'run')} {command}", ran(block.run, language, records))
    elif isinstance(block, model.Show):
        yield from picture(block, lesson, records)
    elif isinstance(block, model.Ask):
        yield from ask(block, language)
    elif isinstance(block, model.Reveal):
        kind = f"{say(language, 'surprise')} " if block.surprise else ""
        yield folded(inline(f"{kind}{block.title}"), [block.markdown])
    elif isinstance(block, model.Quote):
        versions = " – ".join(filter(None, [block.since or ("…" if block.until else ""), block.until]))
        yield f"CPython{f' {versions}' if versions else ''}, `Lib/{block.file}`:"
        yield fenced("\n".join(block.lines), "python")
    elif isinstance(block, model.Stepper):
        yield block.markdown
        for moment in block.moments:
            shown = picture(model.Show("timeline", moment.cell), lesson, records)
            yield folded(inline(moment.text), shown)
    elif isinstance(block, model.Exercise):
        yield block.markdown
        yield say(language, "how to do", number=lesson.number)
        for number, hint in enumerate(block.hints, 1):
            yield folded(say(language, "hint number", number=number), [hint])


def program_name(run: model.Run, language: str) -> str:
    """A program's name, and what was changed in it."""
    if run.change is None:
        return f"`{run.program}`:"
    old, new = (f"`{one}`" for one in run.change)
    return f"`{run.program}`, {say(language, 'changed', old=old, new=new)}:"


def ran(run: model.Run, language: str, records: Records) -> Iterator[str]:
    """What a run gave: its output, how it ended, from when that is."""
    one = records.of(run)
    if one is None:
        yield say(language, "no record")
        return
    yield fenced("\n".join(letters.output(one, language)))
    yield f"**{letters.ending(one, language)}**"
    if one.counts:
        yield "\n".join(f"- {line}" for line in letters.counts(one, language))
    yield aside(letters.recorded(one, language), language)


def picture(show: model.Show, lesson: model.Lesson, records: Records) -> Iterator[str]:
    """A picture in letters, its caption, and from when it is."""
    language = lesson.language
    one = records.of(show.of)
    if one is None:
        yield aside(say(language, "no record"), language)
    else:
        yield f"**{say(language, f'picture {show.kind}')}**"
        yield fenced("\n".join(letters.show(show, lesson, one, COLUMNS)))
        yield aside(letters.recorded(one, language), language)
    yield show.caption


def ask(one: model.Ask, language: str) -> Iterator[str]:
    """A question, each choice of which answers when it is opened."""
    yield f"{label(say(language, f'ask {one.kind}'), language)} {one.markdown}"
    for letter, choice in zip(LETTERS, one.choices, strict=False):
        yield folded(f"{letter}. {inline(choice.text)}", _reply(choice, language))
    if one.answer:
        yield folded(say(language, "why" if one.choices else "answer"), [one.answer])


def _reply(choice: model.Choice, language: str) -> Iterator[str]:
    says, truth = belief(choice, language)
    mark, word = ("✓", "right") if choice.right else ("✕", "wrong")
    yield f"**{mark} {say(language, word)}** {truth}".rstrip()
    if says:
        yield f"{say(language, 'belief')} {says}"


def aside(words: str, language: str) -> str:
    """What is told by the way: in italics, which there are none of in Japanese."""
    return words if language == "ja" else f"*{words}*"


def label(words: str, language: str) -> str:
    """What stands before a question, an answer, a hint."""
    stop = "" if words.endswith("?") else "."
    return f"**【{words}】**" if language == "ja" else f"**{words}{stop}**"


def folded(summary: str, parts: Iterable[str]) -> str:
    """Folded, until the reader wants it. summary: markup. The empty lines let Markdown be read as such inside."""
    return f"<details><summary>{summary}</summary>\n\n{whole(parts)}\n{FOLD_ENDS}"


def fenced(words: str, language: str = "") -> str:
    """Lines as a block of code; its fence is longer than any in it (CommonMark 0.31, 4.5)."""
    words = clean(words, lines=True).rstrip("\n")
    longest = max((len(line) - len(line.lstrip("`")) for line in map(str.lstrip, words.splitlines())), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{words}\n{fence}"


def _key(block: model.Block, language: str) -> Iterator[str]:
    if isinstance(block, model.Exercise):
        for number, hint in enumerate(block.hints, 1):
            yield f"{label(say(language, 'hint number', number=number), language)} {hint}"
    if not isinstance(block, model.Ask):
        return
    yield f"{label(say(language, f'ask {block.kind}'), language)} {block.markdown}"
    for letter, choice in zip(LETTERS, block.choices, strict=False):
        says, truth = belief(choice, language)
        behind = f"{say(language, 'belief')} {says} (`{choice.misconception}`)" if says else ""
        lines = [f"{'✓' if choice.right else '✕'} **{letter}.** {choice.text}", truth, behind]
        yield "\\\n".join(line for line in lines if line)
    if block.answer:
        yield f"{label(say(language, 'answer'), language)} {block.answer}"
