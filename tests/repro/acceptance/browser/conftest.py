"""One browser for all tests of pages, and what they look at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from repro.records import results
from repro.records.judged import judged
from repro.report.page import assembly
from tests.repro import lab
from tests.repro.acceptance.browser import looking


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """``-m browser`` takes the tests that are here."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="package")
def browser(laboratory: Path) -> Iterator[Any]:
    """Ends with all of its processes."""
    if lacking := looking.lacking():
        (pytest.fail if looking.needed() else pytest.skip)(lacking)
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with looking.chromium() as started:
        yield started
    assert [one for one in psutil.Process().children(recursive=True) if one.pid not in before] == []


@pytest.fixture(autouse=True)
def nothing_left(laboratory: Path) -> None:
    """The browser stays from test to test, and is ended after the last."""


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page that has no error to say, and asks for nothing but itself; nothing moves in it."""
    with looking.watched(browser) as opened:
        yield opened


@pytest.fixture(scope="package")
def run() -> results.Run:
    """Two Pythons of the reference run."""
    reference = lab.ROOT / "reports" / "reference"
    if not (reference / results.FILE).exists():
        pytest.skip("this is an unpacked sdist, which leaves the records of reports/ out; a checkout has them")
    return results.read(reference).only(lambda record: record["python"] in ("3.8.18", "3.12.1"))


@pytest.fixture(scope="package")
def file(run: results.Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its page, as ``repro report --format html`` writes it."""
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(assembly.render(run, judged(run)), "utf-8")
    return path
