"""What a complete lesson must hold, and what of that it does not. Pure functions of a lesson."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from repro.lessons import japanese, model

#: How many words (English) or characters (Japanese) a lesson may have, code apart.
LENGTHS = {"en": 1200, "ja": 4000}
#: How long reading and running should take, the task apart, in minutes.
MINUTES = (10, 15)
#: How fast it is read, in words (or characters) a minute: it is no novel. And what a question, a line of a program and a run
#: take, in seconds. Measured with nobody: careful guesses, and the same ones for all lessons.
PACES = {"en": 160, "ja": 440}
QUESTION, LINE, RUN = 20.0, 2.5, 5.0
#: How many programs may be new to the reader.
NEW_PROGRAMS = 2
QUESTIONS = 3
#: What no question asks for: who knows that by heart has understood nothing, and who has looked it up neither.
BY_HEART = {
    "en": re.compile(r"\b[Ww]hich (line|name|version|Python)\b"),
    "ja": re.compile("何行目|どの行|どの名前|どのバージョン|どのPython"),
}


def remarks(lesson: model.Lesson, known: Collection[str]) -> list[str]:
    """What is wrong with a lesson, a sentence each. known: the misconceptions by name."""
    of_language = japanese.remarks(lesson) if lesson.language == "ja" else []
    return [*_always(lesson, known), *(_of_complete(lesson) if lesson.complete else []), *of_language]


def _always(lesson: model.Lesson, known: Collection[str]) -> Iterator[str]:
    """What holds for drafts, too."""
    for run in lesson.runs.values():
        try:
            source = (lesson.folder / "programs" / run.program).read_text("utf-8")
        except OSError as error:
            yield f"run {run.name!r}: {run.program}: {error.strerror}"
            continue
        if run.change is not None and source.count(run.change[0]) != 1:
            yield f"run {run.name!r}: {run.change[0]!r} is {source.count(run.change[0])} times in {run.program}, not once"
        elif run.change is not None and not one_change(source, source.replace(*run.change)):
            yield f"run {run.name!r}: more than one name, value or expression is changed in {run.program}"
    for key, count in Counter(section.key for section in lesson.sections).items():
        if count > 1:
            yield f"two sections have the key {key!r}"
    for ask in lesson.asks():
        for choice in ask.choices:
            if choice.misconception is not None and choice.misconception not in known:
                yield f"question {ask.name!r}: no misconception {choice.misconception!r} in misconceptions.toml"
    for name, count in Counter(ask.name for ask in lesson.asks()).items():
        if count > 1:
            yield f"two questions are called {name!r}"


def _of_complete(lesson: model.Lesson) -> Iterator[str]:
    """What a lesson must hold that claims to be complete."""
    if not (lesson.read and lesson.do):
        yield "lesson.toml says no minutes to read, or none to do"
    elif not (took := minutes(lesson)) - 2 <= lesson.read <= took + 2:
        yield f"lesson.toml says {lesson.read} minutes to read, and it takes about {took}"
    elif took > MINUTES[1]:
        yield f"it takes about {took} minutes to read and to run, and {MINUTES[1]} are the most"
    yield from (f"section {one.key!r} has no goal in lesson.toml" for one in lesson.sections if not one.goal)
    yield from _runs(lesson)
    surprises = sum(isinstance(block, model.Reveal) and block.surprise for block in lesson.blocks())
    if surprises != 1:
        yield f"it has {surprises} surprises, not one"
    questions = [ask for ask in lesson.asks() if ask.kind in model.QUESTIONS]
    if len(questions) < QUESTIONS:
        yield f"it asks {len(questions)} questions that are no predictions, and {QUESTIONS} are the least"
    for ask in lesson.asks():
        if BY_HEART[lesson.language].search(ask.markdown):
            yield f"question {ask.name!r} asks for a line, a name or a version"
    exercises = [block for block in lesson.blocks() if isinstance(block, model.Exercise)]
    if len(exercises) != 1 or not exercises[0].markdown:
        yield f"it has {len(exercises)} exercises with a text, not one"
    else:
        yield from _task(lesson.folder / "exercise", exercises[0])
    if length(lesson) > LENGTHS[lesson.language]:
        yield f"it has {length(lesson):,} words or characters, and {LENGTHS[lesson.language]:,} are the most"


def _runs(lesson: model.Lesson) -> Iterator[str]:
    """Each run after its prediction, few programs, and one of them with one changed token."""
    predicted: set[str] = set()
    ran: list[model.Run] = []
    for block in lesson.blocks():
        if isinstance(block, model.Ask) and block.kind == "prediction" and block.of is not None:
            predicted.add(block.of.name)
        elif isinstance(block, model.RunIt):
            ran.append(block.run)
            if block.run.name not in predicted:
                yield f"nobody is asked what {block.run.name!r} will do, before it is run"
    programs = {run.program for run in ran}
    if len(programs) > NEW_PROGRAMS:
        yield f"it runs {len(programs)} programs, and {NEW_PROGRAMS} are the most: {', '.join(sorted(programs))}"
    if ran and not any(run.change for run in ran):
        yield "no program is run a second time with one changed token"
    yield from (f"run {name!r} of lesson.toml is not run" for name in lesson.runs.keys() - {run.name for run in ran})


def _task(folder: Path, exercise: model.Exercise) -> Iterator[str]:
    """A task is judged by a run: what it begins with, what judges it, and what passes."""
    if not exercise.checks:
        yield "its task has no checks"
    needed = ("check.py", f"skeleton/{exercise.file}", f"solution/{exercise.file}")
    yield from (f"its task lacks exercise/{name}" for name in needed if not (folder / name).is_file())


def one_change(before: str, after: str) -> bool:
    """Whether two programs differ in one place: one name, one value, one expression or one simple statement."""
    try:
        one, other = ast.parse(before), ast.parse(after)
    except SyntaxError:
        return False
    return _differ_in_one(one, other)


def _differ_in_one(one: object, other: object) -> bool:
    """Of two parts that differ: whether one simple part of them does."""
    if not isinstance(one, ast.AST) or type(one) is not type(other):
        simple = (ast.expr, ast.Return, ast.Expr, ast.Raise, ast.Pass)
        return all(isinstance(part, simple) or not isinstance(part, (ast.AST, list)) for part in (one, other))
    parts: list[tuple[object, object]] = []
    for name in one._fields:
        first, second = getattr(one, name), getattr(other, name)
        if isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
            parts += zip(first, second, strict=True)
        else:
            parts.append((first, second))
    apart = [pair for pair in parts if _text(pair[0]) != _text(pair[1])]
    return (len(apart) == 1 and _differ_in_one(*apart[0])) or isinstance(one, ast.expr)


def _text(part: object) -> str:
    return ast.dump(part) if isinstance(part, ast.AST) else repr(part)


def minutes(lesson: model.Lesson) -> int:
    """How long it takes to read, to predict and to run, about; the task apart."""
    files = {lesson.folder / "programs" / run.program for run in lesson.runs.values()}
    sources = [file.read_text("utf-8") for file in files if file.is_file()]
    lines = sum(bool(line.strip()) for source in sources for line in source.splitlines())
    seconds = len(lesson.asks()) * QUESTION + lines * LINE + len(lesson.runs) * RUN
    return round(length(lesson) / PACES[lesson.language] + seconds / 60)


def length(lesson: model.Lesson) -> int:
    """Words, or in Japanese characters, of all that is read, code and the exercise apart. Notes and slides only repeat."""
    text = " ".join(_without_code(part) for part in _prose(lesson.blocks()))
    if lesson.language == "ja":
        return len(re.sub(r"\s", "", text))
    return len(re.findall(r"\S*\w\S*", text))


def _prose(blocks: Iterable[model.Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, model.Text):
            yield block.markdown
        elif isinstance(block, model.Reveal):
            yield f"{block.title} {block.markdown}"
        elif isinstance(block, model.Ask):
            yield block.markdown
            yield from (f"{choice.text} {choice.reply}" for choice in block.choices)
            yield block.answer
        elif isinstance(block, model.Stepper):
            yield block.markdown
            yield from (moment.text for moment in block.moments)
        elif isinstance(block, model.Show):
            yield block.caption


def _without_code(markdown: str) -> str:
    """Prose without its blocks of code; code within a sentence is read with it."""
    return re.sub(r"^(```+|~~~+).*?^\1", "", markdown, flags=re.DOTALL | re.MULTILINE)


def needless_or_missing(lessons: Iterable[model.Lesson], known: Collection[str], least: int = 2) -> list[str]:
    """The misconceptions that are wrong choices in too few of the lessons, each with how many."""
    counts = Counter(
        name
        for lesson in lessons
        for name in {choice.misconception for ask in lesson.asks() for choice in ask.choices if choice.misconception}
    )
    return [f"{name}: in {counts[name]} lessons, and {least} are the least" for name in known if counts[name] < least]


def stale(first: model.Lesson, translated: model.Lesson) -> list[str]:
    """The sections of a translation that are missing, or older than their section's goal, runs and choices."""
    theirs = {section.key: section for section in translated.sections}
    found = []
    for section in first.sections:
        now, then = section.fingerprint(), theirs.get(section.key)
        if then is None:
            found.append(
                f"{section.key}: not in {translated.language}.md; its heading is '## ... {{#{section.key} of={now}}}'"
            )
        elif then.of != now:
            found.append(
                f"{section.key}: written of={then.of or 'nothing'}, and the section is {now} by now: look, and write of={now}"
            )
        elif _shape(then) != _shape(section):
            found.append(
                f"{section.key}: its directives are {_shape(then)}, and those of the section {_shape(section)}"
            )
    return found


def not_there(quote: model.Quote, source: str) -> list[str]:
    """The lines of a quote that a file of CPython does not have; where a line stands in a block is of no interest."""
    there = {line.strip() for line in source.splitlines()}
    return [line.strip() for line in quote.lines if line.strip() not in there | {"..."}]


def _shape(section: model.Section) -> list[str]:
    """The directives of a section, as far as they are the same in every language."""
    return [line for block in section.blocks if (line := _line_of(block))]


def _line_of(block: model.Block) -> str:
    if isinstance(block, model.Program):
        return f"program {block.run.name}"
    if isinstance(block, model.RunIt):
        return f"run {block.run.name}"
    if isinstance(block, model.Show):
        return f"show {block.kind} {block.of.name}"
    if isinstance(block, model.Ask):
        return " ".join([f"ask {block.name} {block.kind}", *(choice.misconception or "x" for choice in block.choices)])
    if isinstance(block, model.Stepper):
        return " ".join([f"stepper {block.name}", *(moment.cell.name for moment in block.moments)])
    if isinstance(block, model.Quote):
        return f"quote {block.file}"
    if isinstance(block, model.Exercise):
        found = (f"{one.key} {one.hint}" for one in block.findings)
        return " ".join(["exercise", f"{len(block.hints)} hints", *found])
    return ""
