"""Lessons made by hand, for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from repro.lessons import model, parse

ABOUT: dict[str, Any] = {
    "minutes": {"read": 3, "do": 6},
    "runs": {
        "hang": {"program": "hang.py", "ends": "hang"},
        "changed": {"program": "hang.py", "change": ["exit(1)", "exit(0)"], "ends": ["hang", "exit 0"]},
    },
    "cells": {"killed": {"scenario": "sigkill", "pool": "Pool"}},
    "sections": {"one": {"goal": "Knows."}},
    "exercise": {"file": "mine.py", "checks": ["small"]},
}

TEXT = """\
---
title: A title
for: Who wants it.
---

## One {#one}

Some prose.

```
::: in a fence
```

::: program hang
::: ask first of=hang
What now?

- (belief) A wrong one,
  over two lines.
  > No,
  > not so.
- (x) The right one.
::: answer
Since it is so.
:::
::: run hang
::: ask second of=changed
And now?
- (belief) Wrong.
- (x) Right.
:::
::: run changed
::: show waits hang who waits
::: show timeline killed
::: surprise Look
Well.
:::
::: reveal Why?
Because.
:::
::: note
Wait.
:::
::: slide Short
- so
:::
::: quote multiprocessing/pool.py since=3.9
    def f():
        pass
:::
::: stepper moments
When?
- (killed) while it runs
:::
::: ask a kind=predict
A?
::: answer
B.
:::
::: ask b kind=which-cause
A?
::: answer
B.
:::
::: ask c kind=counterexample
A?
::: answer
B.
:::

## Two {#two of=12345678}

::: exercise
"""

EXERCISE = """\
Make it.

::: check small A small one

::: hint
Like this.
:::

::: finding hangs hint=1
It waits.
:::
"""


def lesson(folder: Path = Path("01_made"), text: str = TEXT, language: str = "en", **about: Any) -> model.Lesson:
    """A lesson with all there is. about: what else its ``lesson.toml`` says."""
    return parse.lesson(folder, language, {**ABOUT, **about}, text, EXERCISE)


def written(tmp_path: Path) -> Path:
    """A folder with the program of that lesson, and what belongs to its task."""
    folder = tmp_path / "01_made"
    (folder / "programs").mkdir(parents=True)
    (folder / "programs" / "hang.py").write_text("exit(1)\n")
    for name in ("check.py", "skeleton/mine.py", "solution/mine.py"):
        (folder / "exercise" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "exercise" / name).write_text("")
    return folder
