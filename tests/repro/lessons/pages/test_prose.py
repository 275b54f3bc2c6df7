"""``prose``: Markdown as markup, and nothing of it that a browser would obey or fetch."""

from __future__ import annotations

import pytest

from repro.lessons.pages import prose


@pytest.mark.parametrize(
    ("markdown", "there", "never"),
    [
        ("A *b* `c`", "<p>A <em>b</em> <code>c</code></p>", ""),
        ("<script>alert(1)</script>", "&lt;script&gt;", "<script"),
        ("![x](https://example.invalid/x.png)", "example.invalid", "<img"),
        ("[x](javascript:alert(1))", "javascript", "href"),
        ("|a|b|\n|-|-|\n|1|2|", '<div class="scrolls" tabindex="0"><table>', ""),
        ("a\x1b[2Jb\u202e", "\\x1b[2Jb\\u202e", "\x1b"),
        ("結果は\nメッセージ", "結果はメッセージ", "は\nメ"),
        ("two\nlines", "two\nlines", ""),
    ],
)
def test_markdown_is_markup(markdown: str, there: str, never: str) -> None:
    """Of a text; what is no Markdown is shown as it is."""
    made = prose.html(markdown)
    assert there in made and (not never or never not in made)


def test_a_line_has_no_paragraph() -> None:
    """And words that are no Markdown at all stay what they are."""
    assert prose.inline("a `b`") == "a <code>b</code>"
    assert prose.text("<b> `c` \x00") == "&lt;b&gt; `c` \\x00"
