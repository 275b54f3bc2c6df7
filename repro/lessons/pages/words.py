"""What the page's programs and its records say, in other languages than English: by the English.

The programs of ``repro.report.page.assets`` say ``tr('text')``; a test looks each of them up here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: By language; ``{name}`` stands for a value.
WORDS: Mapping[str, Mapping[str, str]] = {
    "ja": {
        "caller": "呼び出し元",
        "tasks": "タスク",
        "ms": "ms",
        "and {count} more workers, of which {dead} died": "ほかにワーカー {count} 個(うち {dead} 個が異常終了)",
        "and {rest}": "ほかに {rest}",
        "task {task}: {meaning}": "タスク {task}: {meaning}",
        "What became of the tasks": "タスクはどうなったか",
        "the caller waits": "呼び出し元が待っている",
        "waits for ever": "ハングアップ",
        "waits": "待っている",
        "gets {count} results": "結果 {count} 件を受け取る",
        "task {task} in {name} (process {pid}), {start} to {until} ms: {meaning}": (
            "タスク {task}、{name}(プロセス {pid})、{start}〜{until} ms: {meaning}"
        ),
        "{status} with task {task}": "{status}(タスク {task} の実行中)",
        "the caller {text}": "呼び出し元: {text}",
        "{name} begins task {task}": "{name} がタスク {task} を始める",
        "{name} comes to the end of task {task}": "{name} がタスク {task} を終える",
        "{name} died of {status} (between {after} and {before} ms)": "{name} が異常終了({status}、{after}〜{before} ms の間)",
        "{name} died of {status}": "{name} が異常終了({status})",
        "not begun": "未着手",
        "other workers": "ほかのワーカー",
        "computed": "計算済み",
        "not handed over": "まだ渡っていない",
        "(not seen yet)": "(まだいない)",
        "moment, in ms after the call": "時点(呼び出しからの ms)",
        "pace": "速さ",
        "play": "再生",
        "pause": "一時停止",
        "Replay": "再生",
        "to the beginning": "最初へ",
        "one step back": "1 つ戻る",
        "one step on": "1 つ進む",
        "Play it, or step through it: with the arrow keys, too.": "再生するか、1 つずつ進めてください。矢印キーも使えます。",
        # what becomes of a task (repro.report.pictures.timeline.Fate)
        "handed over": "結果が呼び出し元に返った",
        "raised an error, handed over": "例外が呼び出し元に返った",
        "computed, never handed over": "計算されたが、返らなかった",
        "computed, gone with its worker": "計算されたが、ワーカーとともに失われた",
        "its worker died of it": "このタスクでワーカーが異常終了した",
        "begun, cut off with its worker": "途中でワーカーごと打ち切られた",
        "never begun": "着手されなかった",
    }
}

#: Of what records say, with what is taken over.
_PATTERNS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "ja": (
        (r"worker (\d+)", r"ワーカー\1"),
        (r"replacement (\d+)", r"補充されたワーカー\1"),
        (r"exit code (\d+)", r"終了ステータス\1"),
        (r"gets (\d+) results", r"結果 \1 件を受け取る"),
        (r"gets (\d+)", r"タスク \1 の結果を受け取る"),
        (r"learns of it: (.+)", r"検知する: \1"),
        (r"waits for ever( · .+)?", r"ハングアップする\1"),
        (r"waits for ever, while the pool goes on starting workers( · .+)?", r"待ち続け、ワーカーが補充され続ける\1"),
        (r"raises (\w+), ([\d.,]+ ms) after the death( · .+)?", r"\1 が送出される(異常終了の \2 後)\3"),
        (r"raises (\w+)( · .+)?", r"\1 が送出される\2"),
        (r"completed( · .+)?", r"すべて完了する\1"),
        (r"lost( · .+)?", r"結果が失われる\1"),
        (r"parent-exit( · .+)?", r"親プロセスが終了する\1"),
        (r" · (\d+) of (\d+) other results arrive", r" · ほかの結果は \2 件中 \1 件が返る"),
    )
}


def of_programs(language: str) -> Mapping[str, str]:
    """What the page's programs look up."""
    return WORDS.get(language, {})


def translated(text: str, language: str) -> str:
    """What a record says, in a language; as it is, where that is not known there."""
    known = WORDS.get(language, {}).get(text)
    if known is not None:
        return known
    for pattern, made in _PATTERNS.get(language, ()):
        if (match := re.fullmatch(pattern, text)) is not None:
            whole = match.expand(made)
            tail = next((part for part in match.groups() if part and part.startswith(" · ")), None)
            return whole.replace(tail, translated(tail, language)) if tail else whole
    return text


def timeline(one: dict[str, Any], language: str) -> dict[str, Any]:
    """A timeline's data (``repro.report.page.drawn``) in a language."""
    lanes = [
        {
            **lane,
            "name": translated(lane["name"], language),
            "death": lane["death"] and {**lane["death"], "status": translated(lane["death"]["status"], language)},
        }
        for lane in one["lanes"]
    ]
    words = [{**word, "text": translated(word["text"], language)} for word in one["words"]]
    answer = translated(one["answer"], language)
    sentence = one["sentence"] if language not in WORDS else answer
    return {**one, "lanes": lanes, "words": words, "answer": answer, "sentence": sentence}
