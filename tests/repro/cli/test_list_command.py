"""``repro list``: what there is."""

from __future__ import annotations

import pytest

from repro.plan import catalogue, interpreters
from tests.repro.cli.commands import called


def test_lists_name_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    """The three lists: every scenario, every pool with its operations, every Python with its path."""
    for what, names in (
        ("scenarios", catalogue.scenarios()),
        ("pools", catalogue.pools()),
        ("pythons", [one.path for one in interpreters.every()]),
    ):
        assert called("list", what) == 0
        text = capsys.readouterr().out
        assert all(name in text for name in names)


def test_a_tag_narrows_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    """``repro list scenarios --tag``: those with the tag and no others."""
    assert called("list", "scenarios", "--tag", "memory") == 0
    lines = capsys.readouterr().out.splitlines()[2:]
    with_tag = [entry.name for entry in catalogue.scenarios().values() if "memory" in entry.scenario.tags]
    assert [line.split()[0] for line in lines] == with_tag
    assert with_tag
