"""Each block of a lesson as markup. Pure functions of the lesson and its records."""

from __future__ import annotations

from collections.abc import Iterator

from repro.lessons import model
from repro.lessons.library import Records, belief
from repro.lessons.pages.pictures import Pictures
from repro.lessons.pages.prose import html, inline, text
from repro.lessons.pages.rows import rows, shown
from repro.lessons.phrases import say
from repro.lessons.pictures import letters


class Markup:
    """Makes markup of blocks. pictures: those of the page, which is to hold their data."""

    def __init__(self, lesson: model.Lesson, records: Records, pictures: Pictures) -> None:
        self._lesson = lesson
        self._records = records
        self._pictures = pictures

    def block(self, block: model.Block) -> str:
        """What a reader sees of a block; nothing of what is not for him."""
        if isinstance(block, model.Text):
            return html(block.markdown)
        if isinstance(block, model.Program):
            return self.program(block.run)
        if isinstance(block, model.RunIt):
            return self.run(block.run)
        if isinstance(block, model.Show):
            return self._pictures.figure(block)
        if isinstance(block, model.Ask):
            return self.ask(block)
        if isinstance(block, model.Reveal):
            kind = f'<span class="kind">{self._say("surprise")}</span> ' if block.surprise else ""
            return folded(f"{kind}{inline(block.title)}", html(block.markdown), "reveal")
        if isinstance(block, model.Quote):
            return self.quoted(block, shown(rows(text("\n".join(block.lines), lines=True))))
        if isinstance(block, model.Stepper):
            return self._stepper(block)
        if isinstance(block, model.Exercise):
            return self._exercise(block)
        return ""

    def program(self, run: model.Run) -> str:
        """The program of a run; what was changed in it is marked."""
        return self.listing(run, shown(rows(self.code(run))))

    def code(self, run: model.Run) -> str:
        """The lines of a program; what was changed in it is marked."""
        before, changed, after = run.split(self._lesson.folder)
        mark = f"<mark>{text(changed)}</mark>" if changed else ""
        return f"{text(before, lines=True)}{mark}{text(after, lines=True)}".rstrip()

    def listing(self, run: model.Run, code: str) -> str:
        """Lines of a program, under its name. code: markup."""
        told = f"<code>{text(run.program)}</code>"
        if run.change is not None:
            old, new = (f"<code>{text(one)}</code>" for one in run.change)
            told += f": {self._say('changed', old=old, new=new)}"
        return f'<div class="program"><p class="name">{told}</p><pre tabindex="0"><code>{code}</code></pre></div>'

    def run(self, run: model.Run) -> str:
        """What a run gave, folded: who reads is to predict it first."""
        command = f"<code>{text(letters.command(run, self._lesson))}</code>"
        return folded(f"<span class='kind'>{self._say('run')}</span> {command}", self.ran(run), "run")

    def ran(self, run: model.Run) -> str:
        """What a run gave: its output, how it ended, from when that is."""
        printed = self.printed(run)
        return f"{self.output(shown(rows(printed, stamps=True)) if printed else '')}{self.outcome(run)}"

    def printed(self, run: model.Run) -> str:
        """The lines that a run printed, with their times; "" where nothing was recorded."""
        one = self._records.of(run)
        return text("\n".join(letters.output(one, self._lesson.language)), lines=True) if one else ""

    @staticmethod
    def output(lines: str) -> str:
        """Lines that were printed. lines: markup."""
        return f'<pre tabindex="0">{lines}</pre>' if lines else ""

    def outcome(self, run: model.Run) -> str:
        """How a run ended, from when that is; or that nothing was recorded."""
        language = self._lesson.language
        one = self._records.of(run)
        if one is None:
            return f'<p class="dim">{text(say(language, "no record"))}</p>'
        ending = f'<p class="ending{" bad" * one.hangs}">{text(letters.ending(one, language))}</p>'
        counts = "".join(f"<li>{text(line)}" for line in letters.counts(one, language)) if one.counts else ""
        return (
            f"{ending}{f'<ul>{counts}</ul>' if counts else ''}"
            f'<p class="dim">{text(letters.recorded(one, language))}</p>'
        )

    def ask(self, one: model.Ask) -> str:
        """A question, each choice of which answers when it is opened."""
        name = f"ask-{text(one.name)}"
        choices = "".join(
            f'<li><details class="choice {"right" if choice.right else "wrong"}" name="{name}"><summary>{inline(choice.text)}'
            f'</summary><div class="reply">{self.reply(choice)}</div></details>'
            for choice in one.choices
        )
        answer = folded(self._say("why" if choices else "answer"), html(one.answer), "answer") if one.answer else ""
        return (
            f'<div class="ask" id="{name}" role="group" aria-labelledby="{name}-kind"><p class="kind" id="{name}-kind">'
            f"{self._say(f'ask {one.kind}')}</p>{html(one.markdown)}"
            f"{f'<ol class=choices>{choices}</ol>' if choices else ''}{answer}</div>"
        )

    def reply(self, choice: model.Choice) -> str:
        """What is said to who chose it: whether it is so, what is true, and of a wrong one the belief behind it."""
        says, truth = belief(choice, self._lesson.language)
        mark, word = ("✓", "right") if choice.right else ("✕", "wrong")
        told = f"<p><strong>{mark} {self._say(word)}</strong> {inline(truth)}</p>"
        return told + (f'<p class="belief">{self._say("belief")} {inline(says)}</p>' if says else "")

    def quoted(self, quote: model.Quote, code: str) -> str:
        """Lines of CPython, under the name of their file. code: markup."""
        versions = " – ".join(filter(None, [quote.since or ("…" if quote.until else ""), quote.until]))
        where = f"CPython{f' {versions}' if versions else ''}, <code>Lib/{text(quote.file)}</code>"
        return f'<div class="program"><p class="name">{where}</p><pre tabindex="0"><code>{code}</code></pre></div>'

    def _stepper(self, block: model.Stepper) -> str:
        moments = "".join(
            f"<li>{folded(inline(moment.text), self._moment(moment), 'moment')}" for moment in block.moments
        )
        return f'<section class="ask">{html(block.markdown)}<ol class="choices">{moments}</ol></section>'

    def _moment(self, moment: model.Moment) -> str:
        """First a prediction, then what was recorded."""
        shown = self._pictures.figure(model.Show("timeline", moment.cell))
        return folded(self._say("predict, then look"), shown, "answer")

    def _exercise(self, block: model.Exercise) -> str:
        hints = "".join(
            folded(self._say("hint number", number=number), html(hint), "hint")
            for number, hint in enumerate(block.hints, 1)
        )
        how = html(say(self._lesson.language, "how to do", number=self._lesson.number))
        return f'<section class="exercise">{html(block.markdown)}{how}{hints}</section>'

    def _say(self, key: str, **values: object) -> str:
        """A phrase. values: markup."""
        return say(self._lesson.language, key, **values)


def folded(summary: str, inside: str, kind: str) -> str:
    """Folded, until the reader wants it. summary, inside: markup."""
    return f'<details class="{kind}"><summary>{summary}</summary><div>{inside}</div></details>'


def answers(lesson: model.Lesson) -> Iterator[str]:
    """The answer key: of each section with questions, each with the right choice, the beliefs behind the others, the answer."""
    for section in lesson.sections:
        inside = [key(block, lesson.language) for block in section.blocks]
        if any(inside):
            yield f"<section><h2>{inline(section.title)}</h2>{''.join(inside)}</section>"


def key(block: model.Block, language: str) -> str:
    """A question with its answers, or the hints of an exercise; "" for anything else."""
    if isinstance(block, model.Exercise):
        return "".join(
            f"<h3>{text(say(language, 'hint number', number=number))}</h3>{html(hint)}"
            for number, hint in enumerate(block.hints, 1)
        )
    if not isinstance(block, model.Ask):
        return ""
    rows = []
    for choice in block.choices:
        says, truth = belief(choice, language)
        name = f" <code>{text(choice.misconception)}</code>" if choice.misconception else ""
        told = f"{text(say(language, 'belief'))} {inline(says)}{name}" if says else ""
        rows.append(
            f'<li class="{"right" if choice.right else "wrong"}"><p><strong>{"✓" if choice.right else "✕"}</strong> '
            f"{inline(choice.text)}</p><p>{inline(truth)}</p>{f'<p>{told}</p>' if told else ''}"
        )
    answer = f"<p><strong>{text(say(language, 'answer'))}</strong></p>{html(block.answer)}" if block.answer else ""
    return (
        f'<section class="ask"><p class="kind">{text(say(language, f"ask {block.kind}"))}</p>{html(block.markdown)}'
        f"<ol class=choices>{''.join(rows)}</ol>{answer}</section>"
    )
