"""Pages are for everybody: axe-core finds nothing, light and dark, from a telephone to a wall; nothing is cut off; they print."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from repro.cli.picture_command import KINDS
from repro.records import results
from repro.records.judged import judged
from repro.report.page.answer import answer
from tests.repro import lab
from tests.repro.acceptance.browser import looking
from tests.repro.acceptance.browser.test_replay import SIGKILL
from tests.repro.acceptance.browser.test_views import expect_count
from tests.repro.cli.commands import called

WIDTHS = (360, 768, 1280, 1920)
SCHEMES = ("light", "dark")

#: How much wider than the window the page is, in px.
TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_page_of_a_run(browser: Any, file: Path, run: results.Run, width: int, scheme: str) -> None:
    """The matrix, then the evidence of a hang, all of it unfolded."""
    with looking.watched(browser, width, color_scheme=scheme) as page:
        page.goto(file.as_uri())
        expect_count(page, len(run.cells))
        assert looking.found_by_axe(page) == []
        assert page.evaluate(TOO_WIDE) <= 0
        page.goto(f"{file.as_uri()}#{SIGKILL}")
        page.locator("#drawn .stage").first.wait_for()
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        page.get_by_role("button", name="one step on").click()
        assert looking.found_by_axe(page) == []
        assert page.evaluate(TOO_WIDE) <= 0


def test_many_pools(browser: Any, many: Path) -> None:
    """Sixteen of them scroll within the page, which does not."""
    with looking.watched(browser, 360) as page:
        page.goto(many.as_uri())
        page.locator("#matrix[data-shown]").wait_for()
        assert looking.found_by_axe(page) == []
        assert page.evaluate(TOO_WIDE) <= 0


@pytest.fixture
def many(run: results.Run, tmp_path: Path) -> Path:
    """A page with sixteen pools: those of the reference run under other names."""
    from repro.report.page import assembly

    cells = [{**one, "pool": f"{one['pool']}{number}"} for number in range(6) for one in run.cells]
    chosen = [
        one
        for one in cells
        if one["scenario"] in ("ok", "sigkill") and not one["pool"].endswith(("safepool4", "safepool5"))
    ]
    stored = results.Run({**run.header, "planned": len(chosen)}, chosen, {"cells": len(chosen)})
    path = tmp_path / "many.html"
    path.write_text(assembly.render(stored, judged(stored)), "utf-8")
    return path


def test_without_a_program_the_matrix_is_whole(browser: Any, file: Path) -> None:
    """Whoever lets no page run programs reads the answer and the matrix."""
    with looking.watched(browser, java_script_enabled=False) as page:
        page.goto(file.as_uri())
        assert page.locator(".answer").is_visible()
        assert page.locator("#matrix button:visible").count() > 10


def test_on_paper(page: Any, file: Path, run: results.Run) -> None:
    """The answer, the matrix with its words; of an open cell, its evidence; no button, no filter."""
    page.goto(file.as_uri())
    expect_count(page, len(run.cells))
    sheets = " ".join(looking.texts_of_pdf(page))
    told = " ".join(sheets.split())
    for sentence in answer(judged(run)):
        assert sentence in told
    for words in ("sigkill", "a busy worker gets SIGKILL", "hangs", "raises", "completes"):
        assert words in told
    assert "Show all" not in told
    page.goto(f"{file.as_uri()}#{SIGKILL}")
    page.locator("#drawn .stage").first.wait_for()
    told = " ".join(" ".join(looking.texts_of_pdf(page)).split())
    for words in ("sigkill in Pool", "Why, by the evidence", "waits for ever", "Stacks", "What dies", "What is known"):
        assert words in told
    assert "play" not in told


#: Each picture as a page: what of, and words that stand in it.
PICTURES = {
    "timeline": (["reference", "--scenario", "sigkill"], "waits for ever"),
    "waits": (["full", "--scenario", "idle-killed"], "waits to read"),
    "matrix": (["reference"], "raises"),
    "latency": (["reference"], "never"),
    "bench": (["bench/bench.json.xz"], "as Pool"),
}


def test_every_picture_is_looked_at() -> None:
    assert set(PICTURES) == set(KINDS)


@lab.needs_records
@pytest.mark.parametrize("kind", PICTURES)
def test_the_page_of_a_picture(browser: Any, tmp_path: Path, kind: str) -> None:
    """Light and dark, on a telephone and on a large screen, and on paper."""
    (source, *chosen), words = PICTURES[kind]
    path = tmp_path / f"{kind}.html"
    assert called("picture", kind, str(lab.ROOT / "reports" / source), *chosen, "--output", str(path)) == 0
    for scheme in SCHEMES:
        for width in (WIDTHS[0], WIDTHS[-1]):
            with looking.watched(browser, width, color_scheme=scheme) as page:
                page.goto(path.as_uri())
                assert looking.found_by_axe(page) == []
                assert page.evaluate(TOO_WIDE) <= 0
                assert page.locator("svg text", has_text=words).first.is_visible()
    with looking.watched(browser) as page:
        page.goto(path.as_uri())
        (sheet, *_) = looking.texts_of_pdf(page)
        assert words in sheet
