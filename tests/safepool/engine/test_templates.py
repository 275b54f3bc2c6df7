"""A template that does nothing is found out, one that takes its time is waited for, and each is reaped."""

from __future__ import annotations

import errno
import os
from typing import Any

import pytest

from safepool import postmortem
from safepool.engine import templates
from safepool.engine.templates import Templates
from safepool.protocol.originals import System
from tests.safepool.engine.scenes import TEMPLATE, Scene


class Launcher:
    """Of a template that is there."""

    lost = False
    pid = 7

    def __init__(self, method: str) -> None:
        self.method = method


@pytest.mark.parametrize(
    ("method", "heard", "states", "after"),
    [
        ("fork", False, "S", templates.STUCK_AFTER),
        ("fork", False, "D", templates.BLOCKED_AFTER),
        ("fork", True, "T", 0),
        ("fork", True, "R", None),  # it wants to, and is not let: a quota
        ("forkserver", False, "S", None),  # it imports the main module, which sleeps
        ("forkserver", False, "T", 0),
        ("forkserver", True, "S", templates.STUCK_AFTER),
        ("spawn", True, "D", templates.BLOCKED_AFTER),
    ],
)
def test_when_a_template_is_stuck(
    monkeypatch: pytest.MonkeyPatch, method: str, heard: bool, states: str, after: float | None
) -> None:
    """It has a launch to do since time 0, and computes nothing: how long is that borne?"""
    one: Any = Templates(selector=None)  # type: ignore[arg-type]
    one.launcher, one.heard = Launcher(method), heard
    monkeypatch.setattr(postmortem, "state_of", lambda _pid: (states, 100))
    moment = 0.0
    while moment < 60 and not one.is_stuck(moment, [0.0]):
        moment += 0.25
    if after is None:
        assert moment == 60
    else:
        assert moment == templates.LAUNCH_WITHIN + after


def test_one_that_has_nothing_to_do_or_computes_is_not_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its processor time goes on."""
    one: Any = Templates(selector=None)  # type: ignore[arg-type]
    one.launcher = Launcher("fork")
    monkeypatch.setattr(postmortem, "state_of", lambda _pid: ("T", 100))
    assert not one.is_stuck(50.0, [])
    ticks = iter(range(1000))
    monkeypatch.setattr(postmortem, "state_of", lambda _pid: ("S", next(ticks)))
    assert not any(one.is_stuck(float(moment), [0.0]) for moment in range(100))


def test_templates_that_have_ended_are_reaped(scene: Scene) -> None:
    """Those that have not are left, or killed where that is asked for."""
    scene.begin()
    pid = scene.template.pid or 0
    scene.living[pid] = 1
    scene.parts.templates.let_go()
    assert not scene.parts.templates.reap()
    assert scene.signals == []
    scene.parts.templates.reap(kill=True)
    assert [who for _, who, _ in scene.signals] == [pid]
    del scene.living[pid]
    assert scene.parts.templates.reap()
    assert pid == TEMPLATE + 1


@pytest.mark.parametrize(
    ("parent", "exists", "reaped"),
    [
        ("us", True, False),
        ("another", True, True),
        (None, False, True),
        (None, True, False),
    ],  # None: it cannot be told now
)
def test_a_template_is_forgotten_when_it_is_no_child_of_ours_any_more(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, parent: str | None, exists: bool, reaped: bool
) -> None:
    """waitpid(2) fails: since somebody else has reaped it (and its pid may be a stranger's by now), or only this time."""
    scene.begin()
    pids = {"us": os.getpid(), "another": os.getppid(), None: None}
    monkeypatch.setattr(postmortem, "parent_of", lambda _pid: pids[parent])
    monkeypatch.setattr(postmortem, "exists", lambda _pid: exists)

    def fail(_pid: int, _options: int) -> tuple[int, int]:
        raise ChildProcessError(errno.ECHILD, os.strerror(errno.ECHILD))

    monkeypatch.setattr(System, "waitpid", fail)
    scene.parts.templates.let_go()
    assert scene.parts.templates.reap() is reaped
    monkeypatch.setattr(System, "waitpid", lambda pid, _options: (pid, 0))
    assert scene.parts.templates.reap()
