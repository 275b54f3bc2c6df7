"""The walk through a lesson: a screen at a time, forward and back, with questions, and programs that run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from repro.lessons import model, words
from repro.lessons.columns import Span, width, wrapped
from repro.lessons.library import Records
from repro.lessons.phrases import say
from repro.lessons.pictures import letters
from repro.lessons.recording import Recording
from repro.lessons.runner import lacks
from repro.lessons.terminal import blocks, live
from repro.lessons.terminal.blocks import LETTERS
from repro.lessons.terminal.bookmark import Bookmark
from repro.lessons.terminal.console import Console
from repro.lessons.terminal.prose import Lines, inline
from repro.lessons.terminal.steps import Step, steps

ON, BACK, QUIT = ("on", "n"), ("back", "b"), ("quit", "q")

#: Runs a program before the reader's eyes; None where he left it.
Runner = Callable[[model.Run], "Recording | None"]


@dataclass
class Walk:
    """One walk. known: the misconceptions by name. run: runs a program; None where recorded runs are shown."""

    lesson: model.Lesson
    console: Console
    records: Records
    known: Mapping[str, model.Misconception]
    bookmark: Bookmark
    run: Runner | None

    def go(self, start: int = 0) -> bool:
        """Walk from a step on, counted from 0. Returns whether the reader came to the end; where he left, is kept."""
        there = steps(self.lesson)
        place = min(start, len(there) - 1)
        while 0 <= place < len(there):
            self.bookmark.keep(self.lesson.number, place)
            answer = self._step(there[place], place, len(there))
            if answer in QUIT:
                self._say([[], *self._phrase("left", number=self.lesson.number)])
                return False
            place = max(0, place - 1) if answer in BACK else place + 1
        self.bookmark.forget(self.lesson.number)
        self._say([[], *self._phrase("end of lesson", number=self.lesson.number)])
        return True

    def _step(self, step: Step, place: int, count: int) -> str:
        """Show a step; the key that leaves it."""
        lesson, page = self.lesson, self.console.page
        head = f"{lesson.number}.{step.number} {step.section.title}"
        position = f"{place + 1}/{count}"
        room = max(1, page.width - width(head) - len(position))
        shown: Lines = [[], [Span(head, "heading"), Span(" " * room), Span(position, "dim")]]
        shown.append([Span("-" * page.width, "dim")])
        for block in step.read:
            shown += [[], *blocks.plain(block, lesson, self.records, page)]
        if isinstance(step.stop, model.Ask):
            shown += [[], *blocks.question(step.stop, page)]
        if isinstance(step.stop, model.Exercise):
            shown += [[], *blocks.exercise(step.stop, lesson, page)]
        if left := self._paged([*shown, []]):
            return left
        if isinstance(step.stop, model.Ask):
            return self._ask(step.stop)
        if isinstance(step.stop, model.RunIt):
            return self._run(step.stop.run)
        if isinstance(step.stop, model.Reveal):
            return self._reveal(step.stop)
        if isinstance(step.stop, model.Stepper):
            return self._stepper(step.stop)
        if isinstance(step.stop, model.Exercise):
            return self._exercise(step.stop)
        return self._key("go on")

    def _say(self, lines: Lines) -> None:
        self.console.show(lines)

    def _phrase(self, key: str, style: str = "dim", **values: object) -> Lines:
        return wrapped([Span(say(self.lesson.language, key, **values), style)], self.console.page.width)

    def _paged(self, lines: Lines) -> str:
        """Print lines, as many at a time as there is room for. Returns the key that left, "" where all was shown."""
        room = max(4, self.console.height - 2)
        while len(lines) > room:
            self._say(lines[:room])
            lines = lines[room:]
            key = self._key("more")
            if key in QUIT + BACK:
                return key
        self._say(lines)
        return ""

    def _key(self, phrase: str, others: str = "", **values: object) -> str:
        """The next key that means something here: on, back, quit, or one of the others."""
        self.console.status(say(self.lesson.language, phrase, **values))
        while True:
            key = self.console.key()
            if key in ON + BACK + QUIT or (key and key in others):
                self.console.status("")
                return "on" if key in ON else key
            if key == "interrupt":
                raise KeyboardInterrupt

    def _ask(self, ask: model.Ask) -> str:
        """Wait for a choice. Of a prediction, what is to be said to it comes after the run; of a question, at once."""
        page = self.console.page
        if ask.choices:
            there = LETTERS[: len(ask.choices)]
            key = self._choice(there)
            if key not in there:
                return key
            choice = ask.choices[there.index(key)]
            self.bookmark.answered(self.lesson.number, ask.name, choice.misconception)
            self._say(wrapped([Span(f"{key}  ", "key"), *inline(choice.text, page.marks)], page.width, "  ", "     "))
            if ask.of is None:
                self._say([[], *self._reply(choice)])
        else:
            key = self._key("think")
            if key in QUIT + BACK:
                return key
        if ask.answer and ask.of is None:
            self._say([[], *blocks.text(ask.answer, page), []])
        return self._key("go on")

    def _reply(self, choice: model.Choice) -> Lines:
        return blocks.reply(choice, self.lesson, self.known.get(choice.misconception or ""), self.console.page)

    def _choice(self, there: str) -> str:
        self.console.status(say(self.lesson.language, "choose", letters=f"{there[0]}-{there[-1]}"))
        while True:
            key = self.console.key()
            if key == "interrupt":
                raise KeyboardInterrupt
            if key and (key in there or key in ("on", "back", *QUIT)):
                self.console.status("")
                return key

    def _run(self, run: model.Run) -> str:
        """Run a program, or show the recorded run, as often as the reader likes; and what is to be said to his prediction."""
        language, page = self.lesson.language, self.console.page
        while True:
            self._say(blocks.started(run, self.lesson, page))
            key = self._key("show it" if self.run is None else "run it", "s")
            if key in QUIT + BACK:
                return key
            one = None if key == "s" else self._once(run)
            if one is not None:
                self._say(wrapped([Span(letters.ending(one, language), "bad" if one.hangs else "good")], page.width))
                drawn = letters.processes(run, one, language, page.width, letters.ink(page.ascii_))
                self._say([[], *([Span(line)] for line in drawn), []])
                if one.ending not in run.ends:
                    ends = " / ".join(words.translated(end, self.lesson.language) for end in run.ends)
                    self._say([*self._phrase("otherwise", "bad", ends=ends, number=self.lesson.number), []])
            self._verdict(run)
            key = self._key("go on or again", "r")
            if key != "r":
                return key

    def _once(self, run: model.Run) -> Recording | None:
        """The run, in either way; None where there is none."""
        if self.run is not None and not lacks(run):
            return self.run(run)
        if self.run is not None:
            self._say(self._phrase("no cgroup"))
        recorded = self.records.of(run)
        if recorded is None:
            self._say(self._phrase("no record"))
            return None
        self._say(wrapped([Span(letters.recorded(recorded, self.lesson.language), "dim")], self.console.page.width))
        return recorded if live.replay(self.console, recorded, self.lesson.language) else None

    def _verdict(self, run: model.Run) -> None:
        """What is to be said to the predictions that were made of a run."""
        for ask in self.lesson.asks():
            chosen = self.bookmark.answers.get(f"{self.lesson.number} {ask.name}")
            if ask.of != run or chosen is None:
                continue
            for choice in ask.choices:
                if (choice.misconception or "") == chosen:
                    self._say([*self._reply(choice), []])
            if ask.answer:
                self._say([*blocks.text(ask.answer, self.console.page), []])

    def _reveal(self, block: model.Reveal) -> str:
        style = "changed" if block.surprise else "heading"
        self._say([[Span(block.title, style)]])
        key = self._key("reveal")
        if key not in QUIT + BACK:
            self._say([*blocks.text(block.markdown, self.console.page), []])
            key = self._key("go on")
        return key

    def _stepper(self, block: model.Stepper) -> str:
        """Let the reader choose the moment of the death, as often as he likes."""
        page = self.console.page
        there = LETTERS[: len(block.moments)]
        shown = [*blocks.text(block.markdown, page), []]
        for letter, moment in zip(there, block.moments, strict=True):
            words = [Span(f"{letter}  ", "key"), *inline(moment.text, page.marks)]
            shown += wrapped(words, page.width, "  ", "     ")
        self._say(shown)
        while True:
            key = self._choice(there)
            if key not in there:
                return key
            cell = block.moments[there.index(key)].cell
            self._say([[], *blocks.picture(model.Show("timeline", cell), self.lesson, self.records, page), []])

    def _exercise(self, block: model.Exercise) -> str:
        """Hints one by one."""
        for number, hint in enumerate(block.hints, 1):
            key = self._key("hint", "h", number=number, count=len(block.hints))
            if key != "h":
                return key
            self._say([*blocks.text(hint, self.console.page), []])
        return self._key("go on")
