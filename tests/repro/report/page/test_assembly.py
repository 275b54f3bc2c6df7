"""``assembly``: one file, whose evidence opens, and which asks nobody for anything."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from html.parser import HTMLParser

import pytest

from repro.records.judged import judged
from repro.report.page import assembly
from repro.report.tables import in_order
from tests.repro.report.page.made import HOSTILE, run


class Scripts(HTMLParser):
    """The texts of a page's scripts, and whatever else would make a browser fetch something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.fetched: list[str] = []
        self.policy = ""
        self._inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag in ("link", "img", "iframe", "object", "embed") or {"src", "srcset"} & found.keys():
            self.fetched.append(tag)
        if found.get("http-equiv") == "Content-Security-Policy":
            self.policy = found["content"] or ""
        self._inside = tag == "script"
        if self._inside:
            self.scripts.append((found, ""))

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            attributes, text = self.scripts.pop()
            self.scripts.append((attributes, text + data))


@pytest.mark.parametrize("text", ["", HOSTILE])
def test_the_page_is_whole(text: str) -> None:
    """Every chapter opens; the only program is the one whose hash the policy names, whatever the records say."""
    stored = run(text)
    page = assembly.render(stored, in_order(judged(stored)))
    found = Scripts(page)
    assert found.fetched == []
    programs = [one for attributes, one in found.scripts if "type" not in attributes]
    assert [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in programs] == re.findall(
        r"'sha256-(.*?)'", found.policy
    )
    assert found.policy.startswith("default-src 'none'")
    by_id = {attributes.get("id"): one for attributes, one in found.scripts}
    index = json.loads(by_id["index"])
    opened = [
        json.loads(zlib.decompress(base64.b64decode(by_id[f"chapter-{number}"])))
        for number in range(len(index["scenarios"]))
    ]
    assert sum(len(chapter["cells"]) for chapter in opened) == len(index["cells"]) == len(stored.cells)
    assert not set(page) & set("\x1b\x00\x07\u202e")
