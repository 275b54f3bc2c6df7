"""A program while it runs: what it prints, a clock, and whether anybody works; or the same as it was recorded."""

from __future__ import annotations

import time
from pathlib import Path

from repro.lessons import columns, model
from repro.lessons.columns import Span
from repro.lessons.phrases import say
from repro.lessons.recording import Line, Recording
from repro.lessons.runner import ASK_EVERY, Program, Python
from repro.lessons.terminal import blocks
from repro.lessons.terminal.console import Console
from repro.observer.launch import Stage

#: How often a recorded run is drawn, in seconds.
TICK = 0.05
#: From when on it is said that nobody works, in seconds: it takes two looks to know.
QUIET = 2 * ASK_EVERY

#: The reader leaves a program by these keys.
LEAVE = ("q", "quit")


def run(
    console: Console, stage: Stage, one: model.Run, folder: Path, python: Python, language: str
) -> Recording | None:
    """Run a program before the reader's eyes; None where he left it. folder: the lesson's.

    A program that is about Ctrl-C has a terminal of its own: what is pressed is passed on.
    """
    program = Program(stage, one, one.source(folder), python, terminal=one.interrupts > 0)
    shown = 0
    console.raw(one.interrupts > 0)
    if one.interrupts:
        console.show([[Span(say(language, "leave"), "dim")]])
    try:
        while not program.step():
            shown = _tell(console, program.lines, shown)
            console.status(_status(console, program, language))
            key = console.key(program.pause())
            if key in LEAVE:
                return None
            if key == "interrupt":
                program.interrupt()
                console.show(
                    [
                        [
                            Span(f"{program.clock:5.1f} s  "),
                            Span(say(language, "pressed", count=len(program.interrupts)), "key"),
                        ]
                    ]
                )
        found = program.result()
        _tell(console, found.lines, shown)
        return found
    finally:
        console.status("")
        console.raw(False)
        program.close()


def _tell(console: Console, lines: tuple[Line, ...] | list[Line], shown: int) -> int:
    """Print what is new. Returns how many lines were printed so far."""
    if len(lines) > shown:
        console.show([part for line in lines[shown:] for part in blocks.output(line, console.page)])
    return len(lines)


def _status(console: Console, program: Program, language: str) -> str:
    """The clock, how many processes there are, and whether anybody works."""
    if program.judged:
        text = say(language, "ending")
    else:
        key = "quiet" if program.quiet >= QUIET else "working"
        text = say(
            language,
            key,
            clock=f"{program.clock:4.1f}",
            processes=len(program.alive),
            quiet=f"{program.quiet:.1f}",
            deadline=f"{program.run.deadline:.0f}",
        )
    return columns.cut(text, console.page.width - 1)


def replay(console: Console, one: Recording, language: str) -> bool:
    """Show a recorded run in its own time; any key brings its end. Returns False where the reader left it."""
    began = time.monotonic()
    shown = 0
    while (clock := time.monotonic() - began) < one.seconds:
        shown = _tell(console, [line for line in one.lines if line.at <= clock], shown)
        console.status(
            columns.cut(say(language, "replaying", clock=f"{clock:4.1f}", date=one.date), console.page.width - 1)
        )
        key = console.key(TICK)
        if key in LEAVE:
            console.status("")
            return False
        if key:
            break
    console.status("")
    _tell(console, one.lines, shown)
    return True
