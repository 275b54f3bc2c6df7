"""``japanese``: what is not said as it should be is told, each with its place; what is well said is not."""

from __future__ import annotations

import pytest

from repro.lessons import japanese, library
from repro.lessons.japanese import Passage, of_passage
from tests.repro.lessons.made import lesson


@pytest.mark.parametrize(
    ("kind", "good"),
    [
        ("body", "ワーカー(worker)は `map` の結果を返します。届いたのは3件です。"),
        ("body", "**終了したプロセスは、何も送りません**。つまり「返事はない。」ということです(図を参照)。"),
        ("body", f"{'あ' * 45} `{'x' * 100}` です。"),
        ("body", "次のとおりです:\n\n- 終了したプロセス\n- `sys.exit(1)`\n\n| 列 | 値 |\n|---|---|\n| 終了。 | 0 |"),
        ("body", "何を調べればよいでしょうか。\n\n```\nx = '死。' * 100\n```"),
        ("label", "`map` が例外を送出して終了"),
        ("label", "2つの結果のあとは待つだけ。エラーもなし"),
        ("slide", "- " + "あ" * 24 + "\n- " + "a" * 48),
    ],
)
def test_what_is_well_said_has_no_remarks(kind: str, good: str) -> None:
    """Code is never looked into; a table's cells are words."""
    assert list(of_passage(Passage("here", kind, good))) == []


@pytest.mark.parametrize(
    ("kind", "bad", "says"),
    [
        ("body", "あ" * 98 + "です。", "as wide as 101 characters, and 100 are the most"),
        ("body", "一、二、三、四、五です。", "4 times 、, and 3 are the most"),
        ("body", "親プロセスは検知している。", "not in です・ます"),
        ("body", "結果はメッセージ。届きます。", "not in です・ます: 結果はメッセージ。"),
        ("label", "エラーになります", "a heading or a choice that is a sentence"),
        ("label", "何も起きない。", "a heading or a choice that is a sentence"),
        ("body", "ワーカーが死にます。", "write: 終了する"),
        ("body", "ワーカが終了します。", "write: ワーカー"),
        ("body", "あなたのプールです。", "write: no subject at all"),
        ("body", "一つだけです。", "write: a digit: 1つ"),
        ("body", "永遠に待ちます。", "write: 待ち続ける"),
        ("body", "プール\uff08です。", "write: the narrow letter"),
        ("body", "これは*強調*です。", "italics"),
        ("body", "これは**「強調」**です。", "** that is no bold"),
        ("body", "結果は 3 件です。", "a space between Japanese and Latin letters, digits or brackets"),
        ("body", "`map`は待ちます。", "no space between Japanese and code"),
        ("body", "待ちます。 終わりません。", "a space behind a sign that has its own room"),
        ("body", "待ちます。\n終わりません。", "more than one line in the source"),
        ("slide", "- " + "あ" * 24 + "a", "wider than 48 columns"),
        ("slide", "| " + "あ" * 20 + " | " + "い" * 5 + " |\n|---|---|\n| 一 | 二 |", "wider than 48 columns"),
    ],
)
def test_what_is_not_well_said_is_told(kind: str, bad: str, says: str) -> None:
    """Once, and nothing else is."""
    told = list(of_passage(Passage("here", kind, bad)))
    assert len(told) == 1 and says in told[0], told


def test_every_part_of_a_lesson_is_looked_at() -> None:
    """Head, headings, prose, questions with choices and replies, folds, notes, slides, steppers, and all of the exercise."""
    seen = {(one.kind, one.markdown.strip()) for one in japanese.passages(lesson(language="ja"))}
    labels = {"A title", "One", "The right one.", "Look", "Why?", "Short", "while it runs", "A small one"}
    assert {("label", one) for one in labels} <= seen
    bodies = {"Who wants it.", "What now?", "No, not so.", "Since it is so.", "who waits", "Well.", "Wait.", "Make it."}
    assert {("body", one) for one in {*bodies, "Like this.", "It waits.", "When?"}} <= seen
    assert ("slide", "- so") in seen


def test_a_remark_names_its_section() -> None:
    """So that it is found."""
    text = "---\ntitle: 題名\nfor: 説明です。\n---\n## 見出し {#one}\n待っている。\n"
    assert japanese.remarks(lesson(text=text, language="ja")) == ["one: not in です・ます: 待っている。"]


def test_sentences_end_where_no_bracket_is_open() -> None:
    """What is quoted is part of the sentence around it."""
    assert japanese.sentences("「一。二。」です。三(四。)です") == ["「一。二。」です。", "三(四。)です"]


@pytest.mark.parametrize("one", library.misconceptions().values(), ids=lambda one: str(one.name))
def test_misconceptions_are_said_in_japanese(one: library.model.Misconception) -> None:
    """What is true in です・ます, the belief as who holds it would say it."""
    assert list(of_passage(Passage(one.name, "body", one.truth["ja"]))) == []
    told = list(of_passage(Passage(one.name, "body", one.says["ja"])))
    assert told and all(each.startswith("not in です・ます") for each in told)
