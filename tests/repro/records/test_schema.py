"""The check of records, beside a full implementation of JSON schema."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repro.records import schema
from tests.repro.lab import steady

#: Each word that our schema uses, with values on either side of it.
SCHEMAS: dict[str, Any] = {
    "type": {"type": "integer"},
    "types": {"type": ["string", "null"]},
    "number": {"type": "number"},
    "const": {"const": 1},
    "enum": {"enum": ["hang", "lost"]},
    "maxLength": {"type": "string", "maxLength": 2},
    "pattern": {"type": ["string", "null"], "pattern": "^[ax]"},
    "maxItems": {"type": ["array", "null"], "maxItems": 1, "items": {"type": "integer"}},
    "items": {"type": "array", "items": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}},
    "required": {"type": "object", "required": ["a", "b"]},
    "properties": {"properties": {"a": {"type": "integer"}, "b": {"enum": ["x"]}}},
    "closed": {"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": False},
    "others": {"type": "object", "properties": {"a": {}}, "additionalProperties": {"type": ["integer", "null"]}},
    "names": {"type": "object", "propertyNames": {"pattern": "^[0-9]{1,3}$"}, "maxProperties": 2},
}

leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 2), st.just(1.5), st.sampled_from(["", "x", "hang", "abc"])
)
names = st.sampled_from(["a", "b", "12", "1234", "c"])
values = leaves | st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3)
)


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_word_means_what_it_means(name: str) -> None:
    """For any value, both of our ways come to what a full implementation comes to."""
    definition = SCHEMAS[name]
    full = jsonschema.Draft202012Validator(definition)
    check = schema.compiled(definition)
    answers = set()

    @settings(steady, max_examples=200)
    @given(values)
    def compare(value: Any) -> None:
        wrong = schema.violation(value, definition, "it")
        assert (wrong is None) == check(value) == full.is_valid(value), (value, wrong)
        answers.add(wrong is None)

    compare()
    assert answers == {True, False}, "it was compared on one side only"


def test_what_is_wrong_is_said_in_short() -> None:
    """Which value of which name, in no more than a line, however long it is."""
    assert schema.violation({"a": "x"}, SCHEMAS["closed"]) == "a is 'x', not integer"
    assert schema.violation({"b" * 1000: 1}, SCHEMAS["closed"]) == (
        f"record has a '{'b' * 79}, which no version of the suite writes"
    )
    assert schema.violation([1, 2], SCHEMAS["maxItems"], "inputs") == (
        "inputs has 2 entries, and 1 are the most that is read"
    )
    wrong = schema.violation("y" * 100_000, SCHEMAS["type"])
    assert wrong is not None
    assert len(wrong) < 200
