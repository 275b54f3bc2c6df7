"""Whether a record is as the schema of its kind says: ``schema/results-1.json``.

Records have been written by somebody else, so every line of a run is checked before anything is made of it, and a run of
everything has millions of values. What is right is found right by functions that are made of the schema once; only of what is
wrong is it asked what is wrong. Both know the few words of JSON schema that ours uses; the tests check them against a full
implementation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Check = Callable[[Any], bool]

#: The types that the parser makes, each by the word for it. It makes no subclasses, so that a bool is never taken for an integer.
_TYPES: dict[str, tuple[type, ...]] = {
    **{"object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,), "null": (type(None),)},
    **{"integer": (int,), "number": (int, float)},
}


def compiled(schema: Any) -> Check:
    """A function that tells whether a value is as a schema says."""
    types, rest = _types(schema), _rest(schema)
    return lambda value: (not types or type(value) in types) and (rest is None or rest(value))


def _rest(schema: Any) -> Check | None:
    """What is to be checked of a value besides its type; None where that is all."""
    kinds = (_words, _length, _form, _object, _array)
    checks = [check for kind in kinds if (check := kind(schema)) is not None]
    if len(checks) > 1:
        return lambda value: all(check(value) for check in checks)
    return checks[0] if checks else None


def _words(schema: Any) -> Check | None:
    if "const" in schema:
        wanted = schema["const"]
        return lambda value: type(value) is not bool and bool(value == wanted)
    if "enum" in schema:
        words = frozenset(schema["enum"])
        return lambda value: type(value) is str and value in words
    return None


def _form(schema: Any) -> Check | None:
    if "pattern" not in schema:
        return None
    search = re.compile(schema["pattern"]).search
    return lambda value: type(value) is not str or search(value) is not None


def _length(schema: Any) -> Check | None:
    bounds = {_BOUNDED[word]: schema[word] for word in _BOUNDED if word in schema}
    if not bounds:
        return None
    return lambda value: type(value) not in bounds or len(value) <= bounds[type(value)]


def violation(value: Any, schema: Any, name: str = "record") -> str | None:
    """What is wrong with a value, or None. name: what it is called."""
    if "const" in schema and (value != schema["const"] or isinstance(value, bool)):
        return f"{name} is {value!r:.80}, not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{name} is {value!r:.80}, none of {', '.join(schema['enum'])}"
    types, kinds = _types(schema), schema.get("type", [])
    if types and type(value) not in types:
        return f"{name} is {value!r:.80}, not {kinds if isinstance(kinds, str) else ' or '.join(kinds)}"
    for word in ("maxLength", "maxItems", "maxProperties"):
        size = len(value) if word in schema and isinstance(value, _BOUNDED[word]) else 0
        if word in schema and size > schema[word]:
            return f"{name} has {size:,} {_UNITS[word]}, and {schema[word]:,} are the most that is read"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        return f"{name} is {value!r:.80}, which is not of the form {schema['pattern']}"
    if isinstance(value, dict):
        return _violation_within(value, schema, name)
    if isinstance(value, list) and "items" in schema:
        return next(filter(None, (violation(item, schema["items"], f"{name}[]") for item in value)), None)
    return None


def _violation_within(value: dict[str, Any], schema: Any, name: str) -> str | None:
    for required in schema.get("required", ()):
        if required not in value:
            return f"{name} has no {required!r}"
    known = schema.get("properties", {})
    for key, inner in value.items():
        pattern = schema.get("propertyNames", {}).get("pattern")
        if pattern and not re.search(pattern, key):
            return f"{name} has a {key!r:.80}, which is not of the form {pattern}"
        wanted = known.get(key, schema.get("additionalProperties", {}))
        if wanted is False:
            return f"{name} has a {key!r:.80}, which no version of the suite writes"
        problem = violation(inner, wanted, key if len(key) <= 80 else f"{key[:80]}...")
        if problem:
            return problem
    return None


_BOUNDED: dict[str, type[str] | type[list[Any]] | type[dict[str, Any]]] = {
    "maxLength": str,
    "maxItems": list,
    "maxProperties": dict,
}
_UNITS = {"maxLength": "characters", "maxItems": "entries", "maxProperties": "entries"}


def _types(schema: Any) -> frozenset[type]:
    """The types that are allowed; none where any is."""
    kinds = schema.get("type", [])
    return frozenset(kind for word in ([kinds] if isinstance(kinds, str) else kinds) for kind in _TYPES[word])


def _object(schema: Any) -> Check | None:
    required = frozenset(schema.get("required", ()))
    known = [(name, _types(inner), _rest(inner)) for name, inner in schema.get("properties", {}).items()]
    names = re.compile(schema["propertyNames"]["pattern"]).search if "propertyNames" in schema else None
    others = schema.get("additionalProperties")
    if not (required or known or names or others is not None):
        return None
    of_others = None if others is None or others is False else compiled(others)
    all_names = frozenset(name for name, _, _ in known)

    def check(value: Any) -> bool:
        if type(value) is not dict:
            return True
        if not required <= value.keys():
            return False
        for name, types, rest in known:
            if name in value:
                inner = value[name]
                if (types and type(inner) not in types) or (rest is not None and not rest(inner)):
                    return False
        if names is not None and not all(map(names, value)):
            return False
        if others is False:
            return value.keys() <= all_names
        return of_others is None or all(of_others(inner) for name, inner in value.items() if name not in all_names)

    return check


def _array(schema: Any) -> Check | None:
    if "items" not in schema:
        return None
    types, rest = _types(schema["items"]), _rest(schema["items"])

    def check(value: Any) -> bool:
        if type(value) is not list:
            return True
        return (not types or types.issuperset(map(type, value))) and (rest is None or all(map(rest, value)))

    return check
