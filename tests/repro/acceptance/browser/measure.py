"""How long a page takes in a browser: ``python -m tests.repro.acceptance.browser.measure RUN``, which no test does.

Prints how large the page is, how long ``repro report`` takes to make it, how long after its address was given all cells are
there, how long each way to look further takes, and how many pictures came late while the matrix was scrolled: a screen shows
sixty in a second, so whatever took longer than two of them is seen as a stutter.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tabulate import tabulate

from tests.repro.acceptance.browser import looking

#: ms between two pictures, and how many of them a stutter takes.
PICTURE = 1000 / 60
STUTTER = 2 * PICTURE

#: Scrolls so many px a picture, to the end, and says how many ms passed between one picture and the next.
SCROLL = """async (step) => {
  const took = [];
  const next = () => new Promise(requestAnimationFrame);
  scrollTo(0, 0);
  let before = await next();
  while (scrollY + innerHeight < document.documentElement.scrollHeight - 1) {
    scrollBy(0, step);
    const now = await next();
    took.push(now - before);
    before = now;
  }
  return took;
}"""

#: ms from the beginning of the navigation until a picture with all cells had been drawn.
OPENED = """() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(performance.now()))))"""


def written(run: str, file: Path) -> float:
    """Makes the page of a run; returns how long that took, in s."""
    begin = time.monotonic()
    with file.open("wb") as output:
        subprocess.run([sys.executable, "-m", "repro", "report", run, "--format", "html"], stdout=output, check=True)
    return time.monotonic() - begin


def opened(browser: Any, file: Path, **options: Any) -> float:
    """How long a page takes that nobody has opened before, in ms."""
    with looking.watched(browser, **options) as page:
        page.goto(file.as_uri(), wait_until="commit")
        page.locator("#matrix[data-shown]").wait_for()
        return float(page.evaluate(OPENED))


def timed(act: Callable[[], object]) -> float:
    """In ms."""
    begin = time.monotonic()
    act()
    return (time.monotonic() - begin) * 1000


def measured(browser: Any, file: Path) -> list[tuple[str, str]]:
    """What is measured, and what came out."""
    rounds = [opened(browser, file) for _ in range(5)]
    rows = [("opened, ms", f"{statistics.median(rounds):,.0f} ({min(rounds):,.0f} to {max(rounds):,.0f})")]
    rows.append(("opened on a telephone, ms", f"{opened(browser, file, width=360, height=740):,.0f}"))
    with looking.watched(browser) as page:
        page.goto(file.as_uri())
        matrix = page.locator("#matrix[data-shown]")
        matrix.wait_for()
        all_ = matrix.get_attribute("data-shown")

        def choose(act: Callable[[], object]) -> float:
            page.evaluate("delete document.getElementById('matrix').dataset.shown")
            return timed(lambda: (act(), matrix.wait_for()))

        verdict = choose(lambda: page.select_option("#f-verdict", "hang"))
        again = choose(lambda: page.select_option("#f-verdict", ""))
        rows.append(("a filter, and all again, ms", f"{verdict:,.0f}, {again:,.0f}"))
        text = choose(lambda: page.fill("#f-text", "pool.py:765"))
        second = choose(lambda: page.fill("#f-text", "BrokenProcessPool"))
        rows.append(
            ("a text in all evidence, another (both 250 ms after the last letter), ms", f"{text:,.0f}, {second:,.0f}")
        )
        choose(lambda: page.fill("#f-text", ""))
        page.reload()
        matrix.wait_for()
        box = page.locator("#matrix button:visible").nth(20)
        panel = page.locator("#panel-heading")
        rows.append(("the evidence of a cell, ms", f"{timed(lambda: (box.click(), panel.wait_for())):,.0f}"))
        page.keyboard.press("Escape")
        for step in (40, 120, 400):
            took = page.evaluate(SCROLL, step)
            late = sum(one > STUTTER for one in took)
            rows.append(
                (
                    f"scrolled by {step} px a picture",
                    f"{len(took):,} pictures, {late} of them late; the median after {statistics.median(took):.1f} ms, "
                    f"the last one in a hundred {sorted(took)[int(len(took) * 0.99)]:.1f}, the worst {max(took):.1f}",
                )
            )
        rows.insert(0, ("cells", all_ or ""))
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", metavar="RUN", help="a run's directory")
    run = parser.parse_args().run
    if lacking := looking.lacking():
        parser.error(lacking)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "page.html")
        made = written(run, file)
        size = file.stat().st_size / 1e6
        with looking.chromium() as browser:
            rows = [("made, s", f"{made:.1f}"), ("size, MB", f"{size:.1f}"), *measured(browser, file)]
    print(tabulate(rows, tablefmt="plain", disable_numparse=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
