"""How a lesson is said in Japanese, as far as a program can check it. Pure functions of a lesson.

- The body is in です・ます, a sentence is at most as wide as 100 characters (two of a narrow alphabet or of code being one)
  and has at most three 、. Headings, titles and choices are
  no sentences: they end in a noun or in a plain form, without 。.
- There are no italics: **bold**, or 「」. A line of a slide is at most 24 characters wide, two of a narrow alphabet being one.
- Between Japanese and Latin letters or digits there is no space, between Japanese and `code` there is one. Brackets, colons and
  digits are the narrow ones.
- Long vowels are kept (ワーカー), nobody is あなた, and a process does not die: it ends, or is ended.
- In the source a paragraph, an item or a reply is one line: where a line ends, browsers and notebooks show a space.

Needs markdown-it-py, the extra ``lessons``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from repro.lessons import model
from repro.lessons.columns import width
from repro.lessons.terminal import prose

#: How wide a sentence may be, in Japanese characters.
LONGEST = 100
#: How many 、 a sentence may have.
COMMAS = 3
#: How wide a line of a slide may be, in columns: a Japanese character has two.
SLIDE = 48

#: What is not written, and what is written instead.
WORDS = {
    r"死|殺": "終了する、異常終了する、強制終了される",
    "あなた|貴方": "no subject at all",
    r"(?:ワーカ|サーバ|ユーザ|フォルダ|ヘッダ|ハンドラ|スケジューラ|マネージャ|カウンタ|パラメータ)(?!ー)": "ワーカー",
    "子供プロセス": "子プロセス",
    "労働者": "ワーカー",
    "仕事": "タスク、処理",
    "永遠": "待ち続ける、終わらない",
    "開始メソッド": "開始方式",
    "出口コード|終了コード": "終了ステータス",
    "番犬": "監視役(ウォッチドッグ)",
    "締め切り": "制限時間",
    "評決": "判定",
    "予言": "予想",
    "無実": "巻き添えで失敗したタスク",
    "毒": "解放されないまま残ったロック",
    "半分のメッセージ": "途中で途切れたメッセージ",
    "[一二三四五六七八九]つ": "a digit: 1つ",
    r"[\uff01-\uff5d]": "the narrow letter, digit or sign; 。 in place of ? and !",
}

#: Stands for each character of code: no rule of the language looks into that.
_CODE = "\ufffc"
_LETTER = "[ぁ-ゖァ-ヺー々〇一-鿿]"
_SPACES = {
    rf"{_LETTER} +[A-Za-z0-9(]|[A-Za-z0-9)] +{_LETTER}": "a space between Japanese and Latin letters, digits or brackets",
    f"{_LETTER}{_CODE}|{_CODE}{_LETTER}": "no space between Japanese and code",
    "[。、」] ": "a space behind a sign that has its own room (a reply is one line)",
}
_POLITE = re.compile(r"(?:です|でした|ます|ました|ません|でしょう|ましょう|ください)か?。?$")
_IN_BRACKETS = re.compile(r"\([^()]*\)(?=。?$)")


@dataclass(frozen=True)
class Passage:
    """A piece of a lesson's text. where: the section's key. kind: ``body``, ``label`` (no sentence) or ``slide``."""

    where: str
    kind: str
    markdown: str


@dataclass(frozen=True)
class Line:
    """A paragraph, an item of a list, a cell of a table. text: with ``_CODE`` for each character of code. styles: of its words.
    broken: whether it is more than one line in the source. cell: whether it is in a table."""

    text: str
    styles: frozenset[str]
    broken: bool = False
    cell: bool = False


def remarks(lesson: model.Lesson) -> list[str]:
    """What is not as it should be in a lesson's Japanese, a sentence each, which begins with the key of a section."""
    return [f"{one.where}: {remark}" for one in passages(lesson) for remark in of_passage(one)]


def passages(lesson: model.Lesson) -> Iterator[Passage]:
    """All the text of a lesson, but for what the forms say around it."""
    yield Passage("title", "label", lesson.title)
    yield Passage("for", "body", lesson.what_for)
    for section in lesson.sections:
        yield Passage(section.key, "label", section.title)
        for block in section.blocks:
            yield from (Passage(section.key, kind, text) for kind, text in _of_block(block) if text)


def _of_block(block: model.Block) -> Iterator[tuple[str, str]]:
    """The kind and the text of each piece."""
    if isinstance(block, model.Slide):
        yield from (("label", block.title), ("slide", block.markdown))
    elif isinstance(block, model.Reveal):
        yield from (("label", block.title), ("body", block.markdown))
    elif isinstance(block, model.Show):
        yield "body", block.caption
    elif isinstance(block, model.Ask):
        yield from (("body", block.markdown), ("body", block.answer))
        for choice in block.choices:
            yield from (("label", choice.text), ("body", choice.reply))
    elif isinstance(block, model.Stepper):
        yield "body", block.markdown
        yield from (("label", moment.text) for moment in block.moments)
    elif isinstance(block, model.Exercise):
        yield from (
            ("body", text)
            for text in (
                block.markdown,
                *block.hints,
                *(one.markdown for one in block.findings),
                *block.seen.values(),
            )
        )
        yield from (("label", title) for _name, title in block.checks)
    elif isinstance(block, (model.Text, model.Note)):
        yield "body", block.markdown


def of_passage(passage: Passage) -> Iterator[str]:
    """What is not as it should be in one piece of text."""
    for line in lines(passage.markdown):
        if line.broken:
            yield f"more than one line in the source: {_shown(line.text)}"
        if "em" in line.styles:
            yield f"italics in {_shown(line.text)}"
        if "**" in line.text:
            yield f"** that is no bold, as it stands between a sign and a letter, in {_shown(line.text)}"
        for pattern, instead in WORDS.items():
            yield from (
                f"{found!r} in {_shown(line.text)}; write: {instead}" for found in re.findall(pattern, line.text)
            )
        yield from (
            f"{what} in {_shown(line.text)}" for pattern, what in _SPACES.items() if re.search(pattern, line.text)
        )
        for sentence in sentences(line.text):
            yield from _of_sentence(sentence, passage.kind, line.cell)
        if passage.kind == "label" and line.text.endswith("。"):
            yield f"a heading or a choice that is a sentence: {_shown(line.text)}"
    if passage.kind == "slide":
        yield from (f"wider than {SLIDE} columns: {row}" for row in rows(passage.markdown) if width(row) > SLIDE)


def _of_sentence(sentence: str, kind: str, cell: bool) -> Iterator[str]:
    """What is not as it should be in a sentence. cell: whether it is in a table, where words may stand alone."""
    if (long := math.ceil(width(sentence) / 2)) > LONGEST:
        yield f"as wide as {long} characters, and {LONGEST} are the most: {_shown(sentence)}"
    if (commas := sentence.count("、")) > COMMAS:
        yield f"{commas} times 、, and {COMMAS} are the most: {_shown(sentence)}"
    polite = _POLITE.search(_IN_BRACKETS.sub("", sentence)) is not None
    if kind == "body" and not cell and sentence.endswith("。") and not polite:
        yield f"not in です・ます: {_shown(sentence)}"
    if kind == "label" and polite:
        yield f"a heading or a choice that is a sentence: {_shown(sentence)}"


def lines(markdown: str) -> list[Line]:
    """Its paragraphs, items and cells, each as one; blocks of code apart."""
    found, cell = [], False
    for token in prose.parser().parse(markdown):
        if token.type in ("td_open", "th_open"):
            cell = True
        elif token.type in ("td_close", "th_close"):
            cell = False
        elif token.type == "inline":
            spans = prose.inline(token.content)
            text = "".join(_CODE * len(one.text) if one.style == "code" else one.text for one in spans)
            found.append(Line(text, frozenset(one.style for one in spans), "\n" in token.content, cell))
    return found


def rows(markdown: str) -> list[str]:
    """What is a line on a slide: a paragraph, an item, a row of a table, a line of code."""
    found: list[str] = []
    row: list[str] | None = None
    for token in prose.parser().parse(markdown):
        if token.type == "tr_open":
            row = []
        elif token.type == "tr_close" and row is not None:
            found.append("".join(row))
            row = None
        elif token.type == "inline":
            text = "".join(span.text for span in prose.inline(token.content))
            (found if row is None else row).append(text)
        elif token.type in ("fence", "code_block"):
            found += token.content.splitlines()
    return found


def sentences(text: str) -> list[str]:
    """A text in its sentences; 。 in brackets ends none."""
    found, depth, begin = [], 0, 0
    for place, character in enumerate(text):
        depth += (character in "「『(") - (character in "」』)")
        if character == "。" and depth <= 0:
            found.append(text[begin : place + 1].strip())
            begin = place + 1
    return [one for one in (*found, text[begin:].strip()) if one]


def _shown(text: str) -> str:
    """As it is told: … for code."""
    return re.sub(f"{_CODE}+", "`…`", text)
