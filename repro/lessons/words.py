"""What drawings, records and the page's programs say, in other languages than English: by the English.

The programs of ``repro.report.page.assets`` say ``tr('text')``; a test looks each of them up here. What pictures are made of
(``repro.report.pictures``) is English, too, and goes through ``of(language)``; a test draws every picture of the lessons.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from repro.lessons import columns, templates
from repro.report.pictures.words import ENGLISH, Words

#: What programs of pages look up, by language; ``{name}`` stands for a value.
WORDS: Mapping[str, Mapping[str, str]] = {
    "ja": {
        "caller": "呼び出し元",
        "tasks": "タスク",
        "ms": "ms",
        "and {count} more workers, of which {dead} died": "ほかにワーカー{count}個(うち{dead}個が異常終了)",
        "and {rest}": "ほかに{rest}",
        "task {task}: {meaning}": "タスク{task}: {meaning}",
        "What became of the tasks": "タスクはどうなったか",
        "the caller waits": "呼び出し元が待っている",
        "waits for ever": "ハングアップ",
        "waits": "待っている",
        "gets {count} results": "結果{count}件を受け取る",
        "task {task} in {name} (process {pid}), {start} to {until} ms: {meaning}": (
            "タスク{task}、{name}(プロセス{pid})、{start}〜{until}ms: {meaning}"
        ),
        "{status} with task {task}": "{status}(タスク{task}の実行中)",
        "the caller {text}": "呼び出し元: {text}",
        "{name} begins task {task}": "{name}がタスク{task}を始める",
        "{name} comes to the end of task {task}": "{name}がタスク{task}を終える",
        "{name} died of {status} (between {after} and {before} ms)": "{name}が異常終了({status}、{after}〜{before}msの間)",
        "{name} died of {status}": "{name}が異常終了({status})",
        "not begun": "未着手",
        "other workers": "ほかのワーカー",
        "computed": "計算済み",
        "not handed over": "まだ渡っていない",
        "(not seen yet)": "(まだいない)",
        "moment, in ms after the call": "時点(呼び出しからのms)",
        "pace": "速さ",
        "play": "再生",
        "pause": "一時停止",
        "Replay": "再生",
        "to the beginning": "最初へ",
        "one step back": "1つ戻る",
        "one step on": "1つ進む",
        "Play it, or step through it: with the arrow keys, too.": "再生するか、1つずつ進めてください。矢印キーも使えます。",
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

#: What drawings and records say besides. Of several that fit, the first one is taken; values are translated themselves.
SAID: Mapping[str, Mapping[str, str]] = {
    "ja": {
        # why a cell has its verdict (repro.verdicts.judge)
        "{death}; still in {phase} {seconds} s after the start, and quiet: {cpu} ms of CPU, {switches} context switches in the "
        "last {window} s; the main thread waits in {place}": (
            "{death}。起動から{seconds}秒後も{phase}の段階にあり、静止している。最後の{window}秒間で、CPU時間は{cpu}ms、"
            "コンテキストスイッチは{switches}回。メインスレッドは{place}で待っている"
        ),
        "{death}; the caller got {error}": "{death}。呼び出し元が受け取った例外は {error}",
        "{death}; every result arrived": "{death}。すべての結果が返った",
        "{death}; {error} was raised in the parent and ended it, {status}": "{death}。親プロセスは{error}で終了した({status})",
        "worker {pid} died with task {task}, {status}": "ワーカー(pid {pid})がタスク{task}の実行中に異常終了した({status})",
        "worker {pid} with task {task} lived on": "ワーカー(pid {pid})はタスク{task}の後も動き続けた",
        "nobody died": "異常終了したワーカーはない",
        "{status} (OOM kills of its cgroup: {before} -> {after})": "{status}、cgroupのOOM killの回数は{before}から{after}へ",
        # why it hangs (repro.verdicts.explain)
        "the caller waits for the result of a task whose worker is dead; the worker was replaced, and nothing records that it "
        "held that task": (
            "呼び出し元は、ワーカーが異常終了したタスクの結果を待っている。ワーカーは補充されたが、"
            "そのタスクを持っていたという記録がない"
        ),
        "the caller waits for the result of a task whose worker is dead; nothing records that it held that task": (
            "呼び出し元は、ワーカーが異常終了したタスクの結果を待っている。ワーカーがそのタスクを持っていたという記録がない"
        ),
        "the manager thread waits in Connection.recv for the remaining {left} of {size} bytes of a message whose sender is dead; "
        "end-of-file never comes, because the parent itself and {count} other living processes hold the pipe's writing end": (
            "マネージャースレッドは、送り手が異常終了したメッセージ{size}バイトのうち、残り{left}バイトをConnection.recvで待っている。"
            "親プロセス自身とほかの{count}個のプロセスがパイプの書き込み側を開いているので、終端は来ない"
        ),
        "{count} workers wait for the lock of the {queue} (semaphore {number} in the process table), and no living process is "
        "inside it: a worker died while it held it, and a semaphore has no owner who could be found dead": (
            "{count}個のワーカーが{queue}のロック(プロセス表のセマフォ{number})を待っているが、ロックの中にいるプロセスはもうない。"
            "ワーカーがロックを持ったまま異常終了した。セマフォには、異常終了した持ち主を調べる手がかりがない"
        ),
        # what the caller gets
        "{pool} {answer}. Tasks {fates}.": "{pool}: {answer}。タスク: {fates}。",
        "HANGS: {answer}": "{answer}",
        "{answer} · {count} of {all} other results arrive": "{answer} · ほかの結果は{all}件中{count}件が返る",
        "waits for ever, while the pool goes on starting workers": "待ち続け、ワーカーが補充され続ける",
        "raises {error}, {ms} ms after the death": "{error}が送出される(異常終了の{ms}ms後)",
        "raises {error}": "{error}が送出される",
        "completed": "すべて完了する",
        "lost": "結果が失われる",
        "parent-exit": "親プロセスが終了する",
        "learns of it: {error}": "検知する: {error}",
        "gets {number}": "タスク{number}の結果を受け取る",
        # processes, and what they wait for
        "{name} died: {status}": "{name}が異常終了({status})",
        "worker {number}": "ワーカー{number}",
        "replacement {number}": "補充されたワーカー{number}",
        "a worker": "ワーカー",
        "a process": "プロセス",
        "the program": "親プロセス",
        "the resource tracker": "リソーストラッカー",
        "the fork server": "フォークサーバー",
        "the task queue": "タスクのパイプ",
        "the call queue": "タスクのパイプ",
        "the result queue": "結果のパイプ",
        "task queue": "タスクのパイプ",
        "result queue": "結果のパイプ",
        "the lock of {thing}": "{thing}のロック",
        "pipe {number}": "パイプ{number}",
        "socket {number}": "ソケット{number}",
        "semaphore {number}": "セマフォ{number}",
        "exit code {number}": "終了ステータス{number}",
        "waits to read": "読み込みを待つ",
        "waits to write": "書き込みを待つ",
        "waits for": "待つ",
        "wait to read": "読み込みを待つ",
        "wait to write": "書き込みを待つ",
        "waits for it": "待つ",
        "wait for it": "待つ",
        "could read": "読み込める",
        "could write": "書き込める",
        # runs of a lesson's own (repro.lessons.model.Run.ends), and where they were recorded
        "hang": "ハングアップ",
        "busy": "実行中のまま",
        "exit {number}": "終了ステータス{number}",
        "killed by {signal}": "{signal}で強制終了",
        "{system}, {architecture}, {count} cores": "{system}、{architecture}、{count}コア",
        # what stands in the drawings
        "the tasks": "タスク",
        "ms after the call": "呼び出し後(ms)",
        "died within this time": "この間に異常終了した",
        "and {count} more, of which {dead} died": "ほかに{count}個(うち{dead}個が異常終了)",
        "who waits for what, when the program had been given up": "打ち切ったときに、何が何を待っていたか",
        "processes": "プロセス",
        "what they wait for": "待っているもの",
        "waits, and goes on only when somebody writes, reads or lets go": "待つ(書き込みか読み込みか解放があるまで進まない)",
        "has the other end, and could write or read: does it?": "反対側を持つ(書き込みか読み込みができるが、するとは限らない)",
        "nobody was seen to wait for anything that processes share": "共有するものを待つプロセスはなかった",
    }
}


def of_programs(language: str) -> Mapping[str, str]:
    """What the page's programs look up."""
    return WORDS.get(language, {})


@functools.cache
def of(language: str) -> Words:
    """In which words the pictures of a lesson speak."""
    if language not in WORDS:
        return ENGLISH
    return Words(functools.partial(translated, language=language), columns.width, _wrapped)


def _wrapped(text: str, room: int, later: str = "") -> list[str]:
    lines = columns.wrapped([columns.Span(text)], room, "", later) if text else []
    return ["".join(span.text for span in line) for line in lines]


@functools.lru_cache(10_000)
def translated(text: str, language: str) -> str:
    """What a record or a drawing says, in a language; as it is, where that is not known there."""
    return templates.filled(text, {**SAID.get(language, {}), **WORDS.get(language, {})})


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
