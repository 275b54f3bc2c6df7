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
    "no cgroup": {
        "en": "This program needs a memory cgroup, and neither the kernel's files nor systemd-run --user give one here. "
        "So this is its recorded run.",
        "ja": "このプログラムにはメモリcgroupが必要だが、ここでは作れない(rootの権限もsystemd-run --userもない)。"
        "記録された実行を示す。",
    },
    "no record": {"en": "(not recorded yet)", "ja": "(まだ記録がない)"},
    "of runs": {"en": "{count} of {all} runs: {ending}", "ja": "{all}回のうち{count}回: {ending}"},
    "no output": {"en": "(no output)", "ja": "(出力なし)"},
    # around the text
    "was": {"en": "# was: {old}", "ja": "# 元は {old}"},
    "right": {"en": "Right.", "ja": "正解。"},
    "wrong": {"en": "No.", "ja": "不正解。"},
    "answers": {"en": "Answers", "ja": "解答"},
    "question": {"en": "Question {number}", "ja": "問{number}"},
    # the list
    "minutes": {"en": "{read} min to read and run, {do} for the task", "ja": "読んで実行する{read}分、演習{do}分"},
    "stopped": {"en": "stopped at {step} of {count}", "ja": "{step}/{count}まで"},
    "how to begin": {
        "en": "repro lesson 1 begins the first one; repro lesson doctor says what works here.",
        "ja": "repro lesson 1 で始まる。ここで動くかどうかは repro lesson doctor が示す。",
    },
    "paths": {
        "en": "In trouble now: 1, 10, 5. For a talk: 1, 3, 4.",
        "ja": "いま困っているなら1、10、5。講演には1、3、4。",
    },
    # the walk
    "go on": {"en": "[space] on  [backspace] back  [q] quit ", "ja": "[スペース] 次へ  [Backspace] 戻る  [q] 終了 "},
    "more": {"en": "[space] more  [backspace] back  [q] quit ", "ja": "[スペース] 続き  [Backspace] 戻る  [q] 終了 "},
    "think": {"en": "think, then [space] for the answer  [q] quit ", "ja": "考えてから [スペース] で解答  [q] 終了 "},
    "choose": {
        "en": "choose [{letters}]  [space] skip  [q] quit ",
        "ja": "選択 [{letters}]  [スペース] とばす  [q] 終了 ",
    },
    "run it": {
        "en": "[space] run it  [s] skip  [backspace] back  [q] quit ",
        "ja": "[スペース] 実行  [s] とばす  [Backspace] 戻る  [q] 終了 ",
    },
    "show it": {
        "en": "[space] show the recorded run  [s] skip  [q] quit ",
        "ja": "[スペース] 記録を再生  [s] とばす  [q] 終了 ",
    },
    "go on or again": {
        "en": "[space] on  [r] run it again  [backspace] back  [q] quit ",
        "ja": "[スペース] 次へ  [r] もう一度  [Backspace] 戻る  [q] 終了 ",
    },
    "reveal": {
        "en": "[space] show it  [backspace] back  [q] quit ",
        "ja": "[スペース] 開く  [Backspace] 戻る  [q] 終了 ",
    },
    "hint": {
        "en": "[h] hint {number} of {count}  [space] on  [q] quit ",
        "ja": "[h] ヒント {number}/{count}  [スペース] 次へ  [q] 終了 ",
    },
    "left": {"en": "It goes on here: repro lesson {number}", "ja": "続きはここから: repro lesson {number}"},
    "end of lesson": {
        "en": "That was lesson {number}. All lessons: repro lesson",
        "ja": "レッスン{number}はここまで。一覧は repro lesson",
    },
    "resumed": {
        "en": "Where you stopped; from the beginning: repro lesson {number} --from-start",
        "ja": "前回の続き。最初からは repro lesson {number} --from-start",
    },
    "working": {
        "en": "{clock} s: at work, processes: {processes}; watchdog: {deadline} s",
        "ja": "{clock}秒: {processes}プロセス、動作中。制限時間{deadline}秒",
    },
    "quiet": {
        "en": "{clock} s: nobody has worked for {quiet} s, processes: {processes}; watchdog: {deadline} s",
        "ja": "{clock}秒: {processes}プロセス、{quiet}秒間どれも動いていない。制限時間{deadline}秒",
    },
    "ending": {
        "en": "the watchdog has its verdict, and ends what is left",
        "ja": "監視役の判定が出た。残りのプロセスを終了させている",
    },
    "otherwise": {
        "en": "The text speaks of another end: {ends}. Has the machine too much to do? [r] runs it again; "
        "repro lesson {number} --replay shows the recorded run.",
        "ja": "本文が述べる終わり方は {ends} である。マシンの負荷が高い可能性がある。"
        "[r] でもう一度、repro lesson {number} --replay で記録を再生する。",
    },
    "leave": {"en": "Ctrl-C goes to the program; [q] leaves it.", "ja": "Ctrl-Cはプログラムに届く。[q]で中止。"},
    "replaying": {
        "en": "{clock} s, recorded on {date}; [space] to its end ",
        "ja": "{clock}秒、{date}の記録。[スペース] で最後へ ",
    },
    "languages": {
        "en": "There is no text in this language yet; this one is in English.",
        "ja": "日本語版はまだない。英語版を表示する。",
    },
    "pressed": {"en": "Ctrl-C ({count})", "ja": "Ctrl-C({count}回目)"},
    "seconds": {"en": "seconds", "ja": "秒"},
    # handouts, notebooks, slides
    "lesson": {"en": "Lesson {number}", "ja": "レッスン{number}"},
    "contents": {"en": "Contents", "ja": "目次"},
    "to the text": {"en": "To the text", "ja": "本文へ"},
    "in a terminal": {
        "en": "In a terminal, `repro lesson {number}` runs these programs before your eyes.",
        "ja": "端末で `repro lesson {number}` を実行すると、プログラムが目の前で動きます。",
    },
    "licence": {
        "en": "The text is under CC BY 4.0; made by repro lesson {number} of safepool.",
        "ja": "本文のライセンスはCC BY 4.0。safepoolのrepro lesson {number}で作成。",
    },
    "key title": {"en": "Lesson {number}: {title}: the answers", "ja": "レッスン{number}「{title}」の解答"},
    "key for": {
        "en": "For who teaches: each question with its answer, the belief behind each wrong choice, and the hints.",
        "ja": "教える人のために: 問いの答え、誤答の背後にある思い込み、演習のヒント。",
    },
    "ask prediction": {"en": "Your prediction", "ja": "予想"},
    "ask predict": {"en": "Question: predict", "ja": "問い: 予想"},
    "ask which-cause": {"en": "Question: which cause?", "ja": "問い: どちらの原因か"},
    "ask what-evidence": {"en": "Question: what evidence?", "ja": "問い: どの証拠で区別できるか"},
    "ask counterexample": {"en": "Question: a counterexample", "ja": "問い: 反例"},
    "belief": {"en": "The belief behind this choice:", "ja": "この答えの背後にある思い込み:"},
    "answer": {"en": "Answer", "ja": "答え"},
    "why": {"en": "Why?", "ja": "なぜか"},
    "surprise": {"en": "Surprise:", "ja": "意外な事実:"},
    "changed": {"en": "{new} in place of {old}", "ja": "{old} を {new} に変えたもの"},
    "run": {"en": "Run", "ja": "実行"},
    "in letters": {"en": "The same in letters", "ja": "同じ図を文字で"},
    "predict, then look": {
        "en": "What will the caller see? Predict, then look",
        "ja": "呼び出し元には何が見えるか。予想してから開く",
    },
    "hint number": {"en": "Hint {number}", "ja": "ヒント{number}"},
    "how to do": {
        "en": "`repro lesson {number} --start DIR` writes what you begin with; `--check DIR` says what holds, what does not, "
        "and why; `--hint` and `--solution` help.",
        "ja": "`repro lesson {number} --start DIR` で出発点のファイルができます。"
        "`--check DIR` は、できている点、できていない点とその理由を示します。`--hint` と `--solution` も使えます。",
    },
    "install": {
        "en": "Installs what the lesson needs, unless it is here",
        "ja": "レッスンに必要なものがなければインストールする",
    },
    "unchanged": {"en": "as it was at first", "ja": "元のプログラム"},
    "uncomment": {
        "en": "Choose a line, and take its first # away:",
        "ja": "行を1つ選び、先頭の # を消して実行する:",
    },
    "interrupt": {
        "en": "To press Ctrl-C, interrupt the kernel: ■ above, or the key i twice.",
        "ja": "Ctrl-Cの代わりに、カーネルを中断する(上の ■、またはキー i を2回)。",
    },
    "slides bar": {"en": "Slides", "ja": "スライドの操作"},
    "slides label": {"en": "{number} of {count}", "ja": "{count}枚中{number}枚目"},
    "slides back": {"en": "Back", "ja": "戻る"},
    "slides on": {"en": "On", "ja": "進む"},
    "slides notes": {"en": "Notes", "ja": "発表者用"},
    "slides next": {"en": "Next:", "ja": "次:"},
    "slides prose": {"en": "In the text:", "ja": "本文:"},
    "slides reset": {"en": "Start the clock", "ja": "時計を始める"},
    "slides keys": {
        "en": "→ ← step on and back; Home, End; n: notes in a second window; c: clock; t: start the clock; f: full screen; "
        "d: dark; print: a sheet for each slide",
        "ja": "→ ←: 進む・戻る。Home、End。n: 発表者用の窓。c: 時計。t: 時計を始める。f: 全画面。d: 暗い画面。印刷: 1枚ずつ",
    },
    "picture output": {"en": "The output", "ja": "出力"},
    "picture processes": {"en": "Who was there when", "ja": "どのプロセスがいつ存在したか"},
    "picture waits": {"en": "Who waits for whom", "ja": "何が何を待っているか"},
    "picture counts": {"en": "How often it ended how", "ja": "終わり方の回数"},
    "picture timeline": {"en": "What happened", "ja": "起きたこと"},
    "picture evidence": {"en": "The evidence", "ja": "証拠"},
    "ok": {"en": "ok", "ja": "OK"},
    "not ok": {"en": "no", "ja": "NG"},
    # what works here
    "doctor linux": {"en": "Linux {release}, Python {python}", "ja": "Linux {release}、Python {python}"},
    "doctor no linux": {
        "en": "{system}: the lessons look into /proc, which only Linux has. On Windows: WSL2 (wsl --install); elsewhere: a "
        "container (docker run -it python:3 bash) or a devcontainer. Recorded runs are shown here: --replay",
        "ja": "{system}: レッスンが見る /proc はLinuxにしかない。WindowsではWSL2(wsl --install)、"
        "ほかではコンテナ(docker run -it python:3 bash)かdevcontainerを使う。ここでも --replay で記録を再生できる",
    },
    "doctor proc": {"en": "processes can be looked at", "ja": "プロセスを観察できる"},
    "doctor no proc": {
        "en": "/proc does not show this very process, or not when its threads run: is it mounted, and is the kernel built with "
        "CONFIG_SCHED_INFO?",
        "ja": "/proc に自分のプロセスか、そのスレッドの実行時間が見えない。/proc がマウントされているか、"
        "カーネルが CONFIG_SCHED_INFO 付きかを確かめる",
    },
    "doctor locks": {"en": "multiprocessing can make its locks", "ja": "multiprocessingのロックを作れる"},
    "doctor no locks": {
        "en": "multiprocessing can't make a lock ({error}): /dev/shm has to be there, and writable",
        "ja": "multiprocessingのロックを作れない({error})。書き込める /dev/shm が必要",
    },
    "doctor terminal": {"en": "programs can have a terminal of their own", "ja": "プログラム専用の端末を作れる"},
    "doctor no terminal": {
        "en": "no terminal can be made ({error}): is /dev/pts mounted?",
        "ja": "端末を作れない({error})。/dev/pts がマウントされているかを確かめる",
    },
    "doctor markdown": {"en": "texts can be shown (markdown-it-py)", "ja": "本文を表示できる(markdown-it-py)"},
    "doctor no markdown": {
        "en": "lessons need markdown-it-py: pip install 'safepool[lessons]'",
        "ja": "レッスンにはmarkdown-it-pyが必要: pip install 'safepool[lessons]'",
    },
    "doctor place": {"en": "programs can be written to {folder}", "ja": "プログラムを {folder} に書き込める"},
    "doctor no place": {
        "en": "{folder} can't be written to; programs are written there: set TMPDIR",
        "ja": "プログラムの書き込み先 {folder} に書き込めない。TMPDIR を設定する",
    },
    "doctor letters": {"en": "the terminal has all letters", "ja": "端末にすべての文字を表示できる"},
    "doctor no letters": {
        "en": "the locale is no UTF-8: pictures are made of ASCII",
        "ja": "ロケールがUTF-8ではない。図はASCIIで描く",
    },
    "doctor wide": {"en": "the terminal has {columns} columns", "ja": "端末の幅は{columns}桁"},
    "doctor narrow": {
        "en": "the terminal has {columns} columns; 80 are better",
        "ja": "端末の幅は{columns}桁。80桁以上が望ましい",
    },
    "doctor stacks": {"en": "py-spy is there (lesson 10)", "ja": "py-spyがある(レッスン10)"},
    "doctor no stacks": {
        "en": "no py-spy: pip install 'safepool[stacks]' (lesson 10)",
        "ja": "py-spyがない: pip install 'safepool[stacks]'(レッスン10)",
    },
    "doctor memory": {
        "en": "a memory cgroup can be made below {folder}, version {version} (lesson 8)",
        "ja": "{folder} の下にメモリcgroup(バージョン{version})を作れる(レッスン8)",
    },
    "doctor memory by systemd": {
        "en": "systemd-run --user gives a memory cgroup, and its limit is in force (lesson 8)",
        "ja": "systemd-run --user でメモリcgroupを作れて、上限も有効になる(レッスン8)",
    },
    "doctor no memory": {
        "en": "no memory cgroup: that takes root, or a login session of systemd with cgroups of version 2. Lesson 8 shows "
        "records, and runs its program with RLIMIT_AS, which needs no rights",
        "ja": "メモリcgroupを作れない。rootの権限か、systemdのログインセッション(cgroupはバージョン2)が必要。"
        "レッスン8は記録を示し、権限のいらないRLIMIT_ASのプログラムだけを実行する",
    },
    # the task
    "check count": {"en": "{holds} of {count} hold.", "ja": "{count}件中{holds}件が合格。"},
    "first hint": {"en": "Hint:", "ja": "ヒント:"},
    "started": {
        "en": "{files}: here the task begins. repro lesson {number} --check {folder} tells what holds.",
        "ja": "{files} を書き込んだ。repro lesson {number} --check {folder} で判定する。",
    },
    "last hint": {
        "en": "That was the last one; repro lesson {lesson} --solution shows a file that passes.",
        "ja": "ヒントはここまで。repro lesson {lesson} --solution で解答例を表示する。",
    },
    "more hints": {
        "en": "{number} of {count}; the next: repro lesson {lesson} --hint {next}",
        "ja": "{count}個中{number}個目。次は repro lesson {lesson} --hint {next}",
    },
    # the drill
    "drill ask": {
        "en": "{pool}, {where}: what does this program come to?",
        "ja": "{pool}({where}): このプログラムはどうなるか。",
    },
    "drill completed": {"en": "every result arrives", "ja": "すべての結果が返る"},
    "drill raised": {"en": "the caller gets an error", "ja": "呼び出し元に例外が送出される"},
    "drill hang": {"en": "it hangs", "ja": "ハングアップする"},
    "drill lost": {"en": "it returns, and a result is missing or wrong", "ja": "戻るが、結果が欠けるか誤っている"},
    "drill parent-exit": {"en": "the parent itself ends", "ja": "親プロセス自身が終了する"},
    "drill livelock": {"en": "it works for ever, and gets nowhere", "ja": "動き続けるが、先へ進まない"},
    "drill choose": {"en": "[1-{count}] choose  [q] quit > ", "ja": "[1-{count}] 選ぶ  [q] 終わる > "},
    "drill was": {"en": "It was: {verdict}.", "ja": "記録された結果: {verdict}。"},
    "drill score": {
        "en": "{right} of {asked} were right.",
        "ja": "{asked}問中{right}問が正解。",
    },
    "drill held": {"en": "Still to be watched:", "ja": "まだ残っている思い込み:"},
}


def say(language: str, key: str, **values: Any) -> str:
    """A phrase in a language; in the first one, where that has none. Raises KeyError for a phrase that is not there."""
    several = PHRASES[key]
    return (several.get(language) or several["en"]).format(**values)
