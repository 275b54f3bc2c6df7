"""Makes a lesson of its files. The directives are lines of their own that begin with ``:::``; the rest is Markdown.

Pure but for ``read``; ``repro.lessons`` says what the directives are.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from repro.errors import ReproError
from repro.lessons import model

#: Directives that are one line, and those that go on to a line ``:::``.
LEAVES = ("program", "run", "show", "exercise", "check")
CONTAINERS = ("ask", "reveal", "surprise", "note", "slide", "quote", "stepper", "hint", "finding", "seen")
#: What has its place in the text of the exercise alone.
IN_EXERCISES = ("hint", "check", "finding", "seen")

_OPEN = re.compile(r":::\s*(?P<name>[\w-]+)\s*(?P<rest>.*)$")
_HEADING = re.compile(r"##\s+(?P<title>.+?)\s*\{#(?P<key>[\w-]+)(?:\s+of=(?P<of>\w+))?\}\s*$")
_CHOICE = re.compile(r"- \((?P<tag>[\w-]+)\)\s+(?P<text>.*)$")
_FENCE = re.compile(r"(```+|~~~+)")


class LessonError(ReproError):
    """A lesson that can't be read. The message names the file and the line."""


T = TypeVar("T", model.Run, model.Cell)


@dataclass(frozen=True)
class Piece:
    """A part of a text: prose (name is ""), or a directive with the rest of its line and, of a container, what is inside.

    line: where it begins, from 1.
    """

    line: int
    name: str
    rest: str
    lines: tuple[str, ...]

    @property
    def words(self) -> list[str]:
        """What follows the name and is no option."""
        return [word for word in self.rest.split() if "=" not in word]

    @property
    def options(self) -> dict[str, str]:
        """``kind=predict``."""
        return dict(word.split("=", 1) for word in self.rest.split() if "=" in word)

    @property
    def markdown(self) -> str:
        return "\n".join(self.lines).strip("\n")


def pieces(text: str, file: str = "") -> Iterator[Piece]:
    """A text in its parts. In a code fence nothing is a directive. Raises LessonError for one that is unknown or not closed."""
    prose: list[str] = []
    inside: list[str] = []
    opened: tuple[int, str, str] | None = None
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        mark = _FENCE.match(line)
        if mark and (not fence or line.startswith(fence)):
            fence = "" if fence else mark[1]
        where = f"{file}:{number}"
        if fence or not line.startswith(":::"):
            (prose if opened is None else inside).append(line)
            continue
        match = _OPEN.match(line)
        if opened is not None:
            if match and match["name"] == "answer":
                inside.append(line)
            elif match:
                raise LessonError(
                    f"{where}: {line!r} inside of {opened[1]!r} of line {opened[0]}: close that with ':::' before"
                )
            else:
                yield Piece(*opened, tuple(inside))
                opened, inside = None, []
            continue
        if match is None:
            raise LessonError(f"{where}: ':::' closes nothing")
        if match["name"] not in LEAVES + CONTAINERS:
            raise LessonError(f"{where}: no directive {match['name']!r}; there are: {', '.join(LEAVES + CONTAINERS)}")
        yield Piece(number - len(prose), "", "", tuple(prose))
        prose = []
        if match["name"] in LEAVES:
            yield Piece(number, match["name"], match["rest"], ())
        else:
            opened = number, match["name"], match["rest"]
    if opened is not None:
        raise LessonError(f"{file}:{opened[0]}: {opened[1]!r} is not closed: a line ':::' does that")
    yield Piece(len(text.splitlines()) - len(prose) + 1, "", "", tuple(prose))


def read(folder: Path, language: str) -> model.Lesson:
    """A lesson in one language. Raises LessonError for what is wrong in it, OSError where there is no such text."""
    about = toml(folder / "lesson.toml")
    exercise = folder / "exercise" / f"{language}.md"
    file = folder / f"{language}.md"
    return lesson(
        folder,
        language,
        about,
        file.read_text("utf-8"),
        exercise.read_text("utf-8") if exercise.is_file() else "",
    )


def lesson(folder: Path, language: str, about: Mapping[str, Any], text: str, exercise: str = "") -> model.Lesson:
    """A lesson of its texts. folder: NN_name. about: what ``lesson.toml`` says. Raises LessonError."""
    runs = {name: _typed(model.Run, folder, name, one) for name, one in about.get("runs", {}).items()}
    cells = {name: _typed(model.Cell, folder, name, one) for name, one in about.get("cells", {}).items()}
    file = f"{folder.name}/{language}.md"
    head, body, skipped = _front(text, file)
    reader = _Reader(
        file, runs, cells, _exercise(exercise, f"{folder.name}/exercise/{language}.md", about.get("exercise", {}))
    )
    goals = about.get("sections", {})
    sections = tuple(
        model.Section(key, title, str(goals.get(key, {}).get("goal", "")), tuple(blocks), of)
        for key, title, of, blocks in reader.sections(body, skipped)
    )
    minutes = about.get("minutes", {})
    return model.Lesson(
        int(folder.name.split("_")[0]),
        folder,
        language,
        head["title"],
        head["for"],
        int(minutes.get("read", 0)),
        int(minutes.get("do", 0)),
        bool(about.get("complete", False)),
        sections,
        runs,
        cells,
    )


def toml(file: Path) -> dict[str, Any]:
    """What a file of TOML says. Raises LessonError for one that can't be read, OSError for one that is not there."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise LessonError(f"{file}: {error}") from error


def _typed(kind: type[T], folder: Path, name: str, given: Mapping[str, Any]) -> T:
    """A table of ``lesson.toml`` as what it is; lists become tuples, and one ending stands for itself."""
    known = {one.name for one in fields(kind)} - {"name"}
    if more := set(given) - known:
        raise LessonError(
            f"{folder.name}/lesson.toml: {name}: no {', '.join(sorted(more))}; there are: {', '.join(sorted(known))}"
        )
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
    if isinstance(values.get("ends"), str):
        values["ends"] = (values["ends"],)
    try:
        return kind(**{"name": name, **values})
    except TypeError as error:
        raise LessonError(f"{folder.name}/lesson.toml: {name}: {error}") from error


def _front(text: str, file: str) -> tuple[dict[str, str], str, int]:
    """The head of a text (``key: value`` between two lines ``---``), its body, and how many lines the head has."""
    match = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    if match is None:
        raise LessonError(f"{file}:1: it begins with a head: lines 'title: ...' and 'for: ...' between two lines '---'")
    lines = [line.partition(": ") for line in match[1].splitlines()]
    head = {key: value.strip().strip('"') for key, colon, value in lines if colon}
    if missing := {"title", "for"} - head.keys():
        raise LessonError(f"{file}:1: the head says no {', '.join(sorted(missing))}")
    return head, text[match.end() :], match[0].count("\n")


def _exercise(text: str, file: str, about: Mapping[str, Any]) -> model.Exercise:
    """The task: prose, its hints, what is checked and what can be found. about: ``[exercise]`` of ``lesson.toml``."""
    prose, hints, findings = [], [], []
    checks: dict[str, str] = {}
    seen: dict[str, str] = {}
    for piece in pieces(text, file):
        if piece.name and piece.name not in IN_EXERCISES:
            raise LessonError(f"{file}:{piece.line}: an exercise has no {piece.name!r}, only {', '.join(IN_EXERCISES)}")
        if piece.name == "hint":
            hints.append(piece.markdown)
        elif piece.name == "check":
            name, _, title = piece.rest.partition(" ")
            checks[name] = title.strip()
        elif piece.name == "finding":
            key = " ".join(piece.words)
            findings.append(model.Finding(key, piece.markdown, int(piece.options.get("hint", "1"))))
        elif piece.name == "seen":
            seen.update(_seen(piece, file))
        elif piece.markdown:
            prose.append(piece.markdown)
    named = tuple(about.get("checks", checks))
    if text and set(named) != checks.keys():
        raise LessonError(f"{file}: its checks are {', '.join(checks)}, and those of lesson.toml {', '.join(named)}")
    return model.Exercise(
        "\n\n".join(prose),
        tuple(hints),
        str(about.get("file", "")),
        tuple((name, checks.get(name, "")) for name in named),
        float(about.get("deadline", 10.0)),
        tuple(findings),
        seen,
    )


def _seen(piece: Piece, file: str) -> Iterator[tuple[str, str]]:
    """What a check sees, by how it says that: pairs of lines."""
    lines = [line for line in piece.lines if line.strip()]
    for said, other in zip(lines[::2], [*lines[1::2], ""], strict=False):
        if said.startswith(">") or not other.startswith("> "):
            raise LessonError(f"{file}:{piece.line}: below {said!r} a line '> ...' is needed, and no other")
        if sorted(re.findall(r"{\w+}", said)) != sorted(re.findall(r"{\w+}", other)):
            raise LessonError(f"{file}:{piece.line}: the values of {said!r} and of {other!r} are not the same")
        yield said, other.removeprefix("> ")


class _Reader:
    """Makes blocks of pieces. runs, cells: what directives may name."""

    def __init__(
        self, file: str, runs: Mapping[str, model.Run], cells: Mapping[str, model.Cell], exercise: model.Exercise
    ) -> None:
        self._file = file
        self._runs = runs
        self._cells = cells
        self._exercise = exercise

    def sections(self, body: str, skipped: int) -> list[tuple[str, str, str, list[model.Block]]]:
        """Key, title, origin and blocks of each. skipped: the lines above the body."""
        found: list[tuple[str, str, str, list[model.Block]]] = []
        for piece in pieces("\n" * skipped + body, self._file):
            if piece.name:
                if not found:
                    raise self._wrong(piece, "a directive before the first heading '## Title {#key}'")
                found[-1][3].append(self._block(piece))
                continue
            prose: list[str] = []
            for number, line in enumerate(piece.lines, piece.line):
                if line.startswith("## "):
                    match = _HEADING.match(line)
                    if match is None:
                        raise LessonError(f"{self._file}:{number}: a heading is '## Title {{#key}}'")
                    _add(found, prose)
                    found.append((match["key"], match["title"], match["of"] or "", []))
                    prose = []
                elif line.strip() and not found:
                    raise LessonError(f"{self._file}:{number}: text before the first heading '## Title {{#key}}'")
                else:
                    prose.append(line)
            _add(found, prose)
        return found

    def _wrong(self, piece: Piece, what: str) -> LessonError:
        return LessonError(f"{self._file}:{piece.line}: {what}")

    def _block(self, piece: Piece) -> model.Block:
        if piece.name == "exercise":
            return self._exercise
        if piece.name in IN_EXERCISES:
            raise self._wrong(piece, f"a {piece.name} has its place in the text of the exercise")
        block: model.Block = getattr(self, f"_{piece.name}")(piece)
        return block

    def _named(self, piece: Piece, name: str) -> model.Run:
        if name not in self._runs:
            raise self._wrong(piece, f"no run {name!r} in lesson.toml; there are: {', '.join(self._runs) or 'none'}")
        return self._runs[name]

    def _cell(self, piece: Piece, name: str) -> model.Cell:
        if name not in self._cells:
            raise self._wrong(piece, f"no cell {name!r} in lesson.toml; there are: {', '.join(self._cells) or 'none'}")
        return self._cells[name]

    def _one(self, piece: Piece) -> str:
        if len(piece.words) != 1:
            raise self._wrong(piece, f"'::: {piece.name}' takes one name, and has: {' '.join(piece.words) or 'none'}")
        return piece.words[0]

    def _program(self, piece: Piece) -> model.Program:
        return model.Program(self._named(piece, self._one(piece)))

    def _run(self, piece: Piece) -> model.RunIt:
        return model.RunIt(self._named(piece, self._one(piece)))

    def _show(self, piece: Piece) -> model.Show:
        kind, name, *caption = [*piece.rest.split(), "", ""]
        of: model.Run | model.Cell = self._cells[name] if name in self._cells else self._named(piece, name)
        known = model.OF_CELLS if isinstance(of, model.Cell) else model.OF_RUNS
        if kind not in known:
            raise self._wrong(piece, f"{name!r} has no picture {kind!r}; there are: {', '.join(known)}")
        return model.Show(kind, of, " ".join(caption).strip())

    def _ask(self, piece: Piece) -> model.Ask:
        options = piece.options
        kind = options.get("kind", "prediction")
        if kind not in ("prediction", *model.QUESTIONS):
            raise self._wrong(piece, f"no kind {kind!r}; there are: prediction, {', '.join(model.QUESTIONS)}")
        of = self._named(piece, options["of"]) if "of" in options else None
        question, choices, answer = _question(piece)
        if not choices and not answer:
            raise self._wrong(piece, "a question has choices ('- (x) ...'), or an answer (below a line '::: answer')")
        if choices and sum(choice.right for choice in choices) != 1:
            raise self._wrong(piece, "of the choices, one is right: '- (x) ...'")
        return model.Ask(self._one(piece), kind, question, of, choices, answer)

    def _reveal(self, piece: Piece) -> model.Reveal:
        return model.Reveal(piece.rest, piece.markdown)

    def _surprise(self, piece: Piece) -> model.Reveal:
        return model.Reveal(piece.rest, piece.markdown, surprise=True)

    def _note(self, piece: Piece) -> model.Note:
        return model.Note(piece.markdown)

    def _slide(self, piece: Piece) -> model.Slide:
        return model.Slide(piece.rest, piece.markdown)

    def _quote(self, piece: Piece) -> model.Quote:
        lines = tuple(line for line in piece.lines if line.strip())
        if not lines:
            raise self._wrong(piece, "a quote has lines")
        return model.Quote(self._one(piece), lines, piece.options.get("since", ""), piece.options.get("until", ""))

    def _stepper(self, piece: Piece) -> model.Stepper:
        text, choices, _answer = _question(piece)
        moments = tuple(model.Moment(self._cell(piece, one.misconception or ""), one.text) for one in choices)
        return model.Stepper(self._one(piece), text, moments)


def _add(found: list[tuple[str, str, str, list[model.Block]]], prose: list[str]) -> None:
    """Put prose into the section in which it stands."""
    markdown = "\n".join(prose).strip("\n")
    if markdown.strip():
        found[-1][3].append(model.Text(markdown))


def _question(piece: Piece) -> tuple[str, tuple[model.Choice, ...], str]:
    """What is asked, the choices, and the answer of a container."""
    asked: list[str] = []
    choices: list[tuple[str, list[str], list[str]]] = []
    answer: list[str] | None = None
    for line in piece.lines:
        match = _CHOICE.match(line)
        if answer is not None:
            answer.append(line)
        elif line.startswith(":::"):
            answer = []
        elif match:
            choices.append((match["tag"], [match["text"]], []))
        elif choices and line.strip().startswith(">"):
            choices[-1][2].append(line.strip()[1:].strip())
        elif choices:
            choices[-1][1].append(line.strip())
        else:
            asked.append(line)
    made = tuple(
        model.Choice("\n".join(text).strip(), None if tag == "x" else tag, " ".join(reply).strip())
        for tag, text, reply in choices
    )
    return "\n".join(asked).strip("\n"), made, "\n".join(answer or []).strip("\n")
