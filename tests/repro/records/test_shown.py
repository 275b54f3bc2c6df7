"""Where records become text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.records import shown
from tests.repro.lab import steady

#: What is put in, and what is shown of it.
SHOWN = {
    "worker(3) died; it's \\x1b already": "worker(3) died; it's \\x1b already",
    "letters of others: Ä ё 中 é \U0001f40d": "letters of others: Ä ё 中 é \U0001f40d",
    "\x1b[31mred": "\\x1b[31mred",
    "\x1b]52;c;aGk=\x07": "\\x1b]52;c;aGk=\\x07",
    "nul\0 back\b del\x7f c1\x9b": "nul\\x00 back\\x08 del\\x7f c1\\x9b",
    "a\u202eb\u2066c\u200bd\ufeff": "a\\u202eb\\u2066c\\u200bd\\ufeff",
    "half \udc80 a pair": "half \\udc80 a pair",
    "one\ntwo\r\n\tthree": "one\\ntwo\\r\\n\\tthree",
    "no\u00a0space\u2028line": "no\\xa0space\\u2028line",
    "tag\U000e0041 filler\u3164 braille\u2800": "tag\\U000e0041 filler\\u3164 braille\\u2800",
    "variant\ufe0f": "variant\\ufe0f",
    "private\ue000 none\uffff": "private\\ue000 none\\uffff",
}


@pytest.mark.parametrize("text", SHOWN)
def test_what_is_obeyed_or_hides_is_shown_by_its_number(text: str) -> None:
    """And what is not stays as it is."""
    assert shown.text(text) == SHOWN[text]


def test_heaps_of_marks_are_cut_down() -> None:
    """Four upon a letter stay; those above them are shown by number."""
    assert shown.text("e\u0301\u0302\u0303\u0304") == "e\u0301\u0302\u0303\u0304"
    assert shown.text("e" + "\u0301" * 5) == "e" + "\u0301" * 4 + "\\u0301"


def test_lines_stay_where_texts_have_lines() -> None:
    """Those of a stack, of a program's output, of an error; nothing else that moves the cursor."""
    record = {"stderr": "a\n\tb\r\x1b[A", "stacks": {"4711": "x\ny\0"}, "reason": "a\nb", "causes": ["a\nb"], "n": 1}
    assert shown.whole(record) == {
        **{"stderr": "a\n\tb\\r\\x1b[A", "stacks": {"4711": "x\ny\\x00"}, "reason": "a\\nb", "causes": ["a\nb"], "n": 1}
    }


def test_names_are_texts() -> None:
    """Of pools, of verdicts, of whatever a record has a name for."""
    assert shown.whole({"pools": {"evil\x1b": {"3.12\n": "1\0"}}}) == {"pools": {"evil\\x1b": {"3.12\\n": "1\\x00"}}}


@steady
@given(st.text(), st.booleans())
def test_any_text_can_be_shown(text: str, lines: bool) -> None:
    """It can be encoded, nothing in it is without a shape, and what was shown already stays as it is."""
    found = shown.text(text, lines)
    found.encode()
    assert "".join(one for one in found if one not in "\n\t" or not lines).isprintable()
    assert shown.text(found, lines) == found


texts: st.SearchStrategy[Any] = st.text(max_size=4) | st.integers() | st.none()
values = st.recursive(texts, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=4), inner), max_leaves=8)


@steady
@given(st.dictionaries(st.text(max_size=4), values), st.booleans())
def test_what_is_written_tells_whether_there_is_something_to_do(record: dict[str, Any], ascii_: bool) -> None:
    """The short way over the JSON comes to what the long way comes to."""
    written = json.dumps(record, ensure_ascii=ascii_)
    assert shown.record(record, written) == shown.whole(record)
