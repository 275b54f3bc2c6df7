"""What every test here holds its page to can fail: no request, no error, nothing that axe-core finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.repro.acceptance.browser import looking

#: Pages that ask somebody for something, or have an error to say; a file that is missing beside a page is asked for as well.
NOTICED = {
    "an image": "<img src='https://example.invalid/x.png' alt=''>",
    "a file": "<link rel=stylesheet href='beside.css'>",
    "a program": "<script>fetch('https://example.invalid/')</script>",
    "an error": "<script>no_such_name()</script>",
    "the console": "<script>console.log('here')</script>",
    "a dialog": "<script>alert(1)</script>",
}


@pytest.mark.parametrize("what", NOTICED)
def test_a_page_that_asks_or_complains_is_noticed(browser: Any, tmp_path: Path, what: str) -> None:
    """At the end of its test."""
    path = tmp_path / "bad.html"
    path.write_text(f"<!doctype html><title>bad</title>{NOTICED[what]}")
    with pytest.raises(AssertionError), looking.watched(browser) as page:
        page.goto(path.as_uri())
        page.wait_for_load_state("networkidle")


def test_what_is_hard_to_read_is_noticed(page: Any, tmp_path: Path) -> None:
    """A grey on a white, and a button without a name."""
    path = tmp_path / "bad.html"
    path.write_text(
        "<!doctype html><html lang=en><title>bad</title><main><h1>bad</h1><p style='color:#bbb'>grey</p><button></button>"
    )
    page.goto(path.as_uri())
    assert {line.partition(":")[0] for line in looking.found_by_axe(page)} == {"color-contrast", "button-name"}


def test_without_a_browser_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part of it."""
    monkeypatch.setattr(looking, "EXTRA", {})
    monkeypatch.setattr(looking, "CHROMIUM", None)
    assert "apt-get install chromium" in looking.lacking()
    monkeypatch.setitem(looking.EXTRA, "no_such_module", "Something")
    assert "Something is: pip install '.[browser]'" in looking.lacking()
