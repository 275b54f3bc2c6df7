"""Pages in a real browser: Debian's chromium, without a window, led by Playwright. An extra: ``pip install '.[browser]'``.

Where Playwright, axe-core or a chromium is missing, these tests are skipped, and say why; ``REPRO_NEEDS_BROWSER=1`` (``.ci/run``)
makes that a failure. ``measure.py`` is no test: it says how long a page takes.
"""
