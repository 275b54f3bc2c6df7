"""How pages are looked at: which browser there is, what a page asked for and said, what axe-core finds on it."""

from __future__ import annotations

import importlib.util
import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: The names of chromium and its kin, as systems call them.
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

#: Set where a missing browser is a failure.
NEEDED = "REPRO_NEEDS_BROWSER"

#: How long something that a page is to do may take, in ms. Far longer than anything does: no test measures time.
PATIENCE = 60_000

#: So many places are told of each rule that is broken.
FEW = 3

#: What the extra brings, by module.
EXTRA = {"playwright": "Playwright", "axe_playwright_python": "axe-core", "pypdf": "pypdf"}


def lacking() -> str:
    """What pages can't be looked at without, and how to get it; "" where all is there."""
    for module, name in EXTRA.items():
        if importlib.util.find_spec(module) is None:
            return f"pages are tried in a browser where {name} is: pip install '.[browser]'"
    if CHROMIUM is None:
        return "pages are tried in a browser, and there is no chromium on PATH: apt-get install chromium, say"
    return ""


def needed() -> bool:
    """Whether it is a failure that there is no browser."""
    return os.environ.get(NEEDED) == "1"


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser of the system, without a window; nothing is downloaded."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def watched(browser: Any, width: int = 1280, height: int = 900, **options: Any) -> Iterator[Any]:
    """A new page, in a context of its own; at its end it has said nothing on the console, and asked for no file but itself.

    options: of Playwright's ``new_context``. What the page asks for is refused, and is an error all the same.
    """
    context = browser.new_context(
        viewport={"width": width, "height": height}, **{"reduced_motion": "reduce", **options}
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    said: list[str] = []
    asked: list[str] = []

    def answer(route: Any) -> None:
        if route.request.is_navigation_request() and route.request.url.startswith("file:"):
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    def dismiss(dialog: Any) -> None:
        said.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    context.route("**/*", answer)
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", dismiss)
    try:
        yield page
    finally:
        context.close()
    assert said == []
    assert asked == []


def found_by_axe(page: Any) -> list[str]:
    """What axe-core has against a page as it stands: of each rule that is broken what it says, and where first."""
    from axe_playwright_python.sync_playwright import Axe

    broken = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['html']}: {node['failureSummary']}" for rule in broken for node in rule["nodes"][:FEW]
    ]


#: How large the letters of an element are as they are painted: in a drawing, too, in px of the screen.
PAINTED = """(on) => parseFloat(getComputedStyle(on).fontSize)
  * (on.ownerSVGElement ? Math.hypot(on.getScreenCTM().a, on.getScreenCTM().b) : on.currentCSSZoom ?? 1)"""

#: Whatever a page draws when its size has changed is drawn after the second one.
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

#: Of the letters of all drawings the smallest, in px.
OF_DRAWINGS = f"""() => Math.min(...[...document.querySelectorAll('svg text')]
  .filter((one) => one.checkVisibility()).map({PAINTED}))"""

#: What stands in drawings of timelines on the box of a task, and is not said of that.
ON_BOXES = """() => [...document.querySelectorAll('.stepped svg .on-panel')].flatMap((said) => {
  const of = said.getBoundingClientRect();
  return [...said.ownerSVGElement.querySelectorAll('rect')].filter((box) => {
    const { left, right, top, bottom } = box.getBoundingClientRect();
    return left < of.right - 1 && right > of.left + 1 && top < of.bottom && bottom > of.top;
  }).map((box) => `${said.textContent} on ${box.textContent}`);
})"""

#: What of a slide with all its steps is not as it must be. A text may stick out of a window by a px, where letters lean.
OF_SLIDE = """([place, least]) => {
  const painted = PAINTED;
  location.hash = `#${place + 1}.99`;
  dispatchEvent(new HashChangeEvent('hashchange'));
  const slide = document.querySelector('.slide:not([hidden])');
  const found = [];
  for (const part of [slide, slide.querySelector('.inside')]) {
    const [high, wide] = [part.scrollHeight - part.clientHeight, part.scrollWidth - part.clientWidth];
    if (high > 1 || wide > 1) found.push(`${part.className} has no room: ${high} px too high, ${wide} too wide`);
  }
  for (const row of slide.querySelectorAll('.row.pointing')) {
    const [above, below] = [row.previousElementSibling, row].map((one) => one.offsetHeight);
    if (below && above > 1.5 * below) found.push(`"${row.textContent.trim()}" points at parts of a line that is broken`);
    if (below > 1.5 * parseFloat(getComputedStyle(row).lineHeight)) found.push(`"${row.textContent.trim()}" is broken`);
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { data, parentElement: on } = texts.currentNode;
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    const box = range.getBoundingClientRect();
    if (!data.trim() || !box.width || !on.checkVisibility() || on.closest('title')) continue;
    const said = `"${data.trim().slice(0, 40)}"`;
    const size = painted(on);
    if (size < least - 0.05) found.push(`${said} is ${size.toFixed(1)} px high`);
    for (const room of [slide, on.ownerSVGElement].filter((one) => one?.contains(on))) {
      const { left, right, bottom } = room.getBoundingClientRect();
      const off = box.left < left - 1 || box.right > right + 1 || box.bottom > bottom + 1;
      if (off) found.push(`${said} runs off: from ${box.left.toFixed()} to ${box.right.toFixed()}, ${box.bottom.toFixed()}`);
    }
  }
  return found;
}""".replace("PAINTED", PAINTED)


def wrong_on_slide(page: Any, place: int, least: float) -> list[str]:
    """What of a slide can't be read from the last row. place: of the slide, from 0. least: how large letters must be, in px."""
    found: list[str] = page.evaluate(OF_SLIDE, [place, least])
    return found


def texts_of_pdf(page: Any) -> list[str]:
    """What stands on each sheet of a printed page."""
    import pypdf

    return [sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(page.pdf(format="A4"))).pages]
