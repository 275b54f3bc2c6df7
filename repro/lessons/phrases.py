"""The words of the forms themselves, in each language: what is said around the text of a lesson, and in its pictures."""

from __future__ import annotations

from typing import Any

#: By key, then by language. ``{name}`` is filled in.
PHRASES: dict[str, dict[str, str]] = {
    # processes
    "parent": {"en": "parent", "ja": "親プロセス"},
    "worker": {"en": "worker {number}", "ja": "ワーカー{number}"},
    "replacement": {"en": "replacement {number}", "ja": "補充されたワーカー{number}"},
    "child": {"en": "child {number}", "ja": "子プロセス{number}"},
    "grandchild": {"en": "grandchild {number}", "ja": "孫プロセス{number}"},
    "tracker": {"en": "resource tracker", "ja": "リソーストラッカー"},
    "server": {"en": "fork server", "ja": "フォークサーバー"},
    # what they wait for
    "the task queue": {"en": "the pipe of tasks", "ja": "タスクのパイプ"},
    "the result queue": {"en": "the pipe of results", "ja": "結果のパイプ"},
    "the call queue": {"en": "the pipe of tasks", "ja": "タスクのパイプ"},
    "the lock of the task queue": {"en": "the lock of the pipe of tasks", "ja": "タスクのパイプのロック"},
    "the lock of the call queue": {"en": "the lock of the pipe of tasks", "ja": "タスクのパイプのロック"},
    "the lock of the result queue": {"en": "the lock of the pipe of results", "ja": "結果のパイプのロック"},
    "waits to read": {"en": "waits to read {thing}", "ja": "{thing}からの読み込みを待つ"},
    "waits to write": {"en": "waits to write {thing}", "ja": "{thing}への書き込みを待つ"},
    "waits for": {"en": "waits for {thing}", "ja": "{thing}を待つ"},
    "waits for exit": {"en": "waits for the end of {thing}", "ja": "{thing}の終了を待つ"},
    "waits otherwise": {"en": "waits", "ja": "待っている"},
    "works": {"en": "works", "ja": "実行中"},
    "ended": {"en": "ended with {status}", "ja": "終了した({status})"},
    "exit code": {"en": "exit code {number}", "ja": "終了ステータス{number}"},
    "gone": {"en": "ended", "ja": "終了した"},
    # endings
    "hang": {
        "en": "HANGS: nobody worked any more when the watchdog ended it after {seconds} s",
        "ja": "ハングアップ: {seconds}秒後に監視役が終了させたとき、どのプロセスも動いていなかった",
    },
    "busy": {
        "en": "STILL WORKING when the watchdog ended it after {seconds} s",
        "ja": "実行中のまま、{seconds}秒後に監視役が終了させた",
    },
    "exit": {
        "en": "ended by itself with status {status} after {seconds} s",
        "ja": "{seconds}秒後に自分で終了した(終了ステータス{status})",
    },
    "killed": {"en": "was ended by {status} after {seconds} s", "ja": "{seconds}秒後に{status}で強制終了された"},
    "recorded": {
        "en": "recorded on {date}, Python {python}, {machine}",
        "ja": "{date}の記録(Python {python}、{machine})",
    },
    "no record": {"en": "(not recorded yet)", "ja": "(まだ記録がない)"},
    "of runs": {"en": "{count} of {all} runs: {ending}", "ja": "{all}回のうち{count}回: {ending}"},
    "no output": {"en": "(no output)", "ja": "(出力なし)"},
    "pressed": {"en": "Ctrl-C", "ja": "Ctrl-C"},
    "seconds": {"en": "seconds", "ja": "秒"},
}


def say(language: str, key: str, **values: Any) -> str:
    """A phrase in a language; in the first one, where that has none. Raises KeyError for a phrase that is not there."""
    several = PHRASES[key]
    return (several.get(language) or several["en"]).format(**values)
