"""A call as short text, for errors and lists. Runs no code of the user."""

import reprlib
from functools import partial
from types import BuiltinFunctionType, FunctionType, GetSetDescriptorType, MemberDescriptorType, MethodType
from typing import Any

# Of a class, whatever its metaclass says.
_qualname_of_class: Any = type.__dict__["__qualname__"].__get__
_module_of_class: Any = type.__dict__["__module__"].__get__


class _Repr(reprlib.Repr):
    """reprlib for builtin types only; everything else by its type, without running anybody's ``__repr__``."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = 60
        self.maxlevel = 3

    def repr1(self, x: Any, level: int) -> str:
        kind = type(x)
        if kind in (
            int,
            float,
            complex,
            bool,
            type(None),
            str,
            bytes,
            list,
            tuple,
            dict,
            set,
            frozenset,
            bytearray,
            range,
        ):
            if kind is int and x.bit_length() > 1000:
                return f"<int of {x.bit_length()} bits>"
            if kind in (bytes, bytearray) and len(x) > 30:
                return f"<{kind.__name__} of {len(x)} bytes>"
            if kind in (set, frozenset):
                # reprlib sorts, which would run the elements' comparisons.
                return f"<{kind.__name__} of {len(x)}>"
            if kind is dict:
                if level <= 0:
                    return "{...}"
                pairs = list(x.items())[: self.maxdict]
                shown = [f"{self.repr1(k, level - 1)}: {self.repr1(v, level - 1)}" for k, v in pairs]
                return "{{{}{}}}".format(", ".join(shown), ", ..." if len(x) > len(pairs) else "")
            return super().repr1(x, level)
        try:
            plain = _PLAIN.get(_owner_of_repr(kind))
            if plain is not None:
                return self.repr1(plain(x), level)
            module = _module_of_class(kind)
            if type(module) is not str:
                module = ""
            if module in ("pathlib", "pathlib._local", "datetime", "decimal", "fractions", "uuid"):
                return self.shorten(repr(x))
            name = getattr(x, "__qualname__", None) if module == "builtins" else None
            if type(name) is str:
                return name
            return f"<{_qualname_of_class(kind)} object>"
        except Exception:
            return "<object>"

    def shorten(self, text: str) -> str:
        return text if len(text) <= self.maxother else text[: self.maxother - 3] + "..."


#: A value of a subclass of these that has its repr from them, as a value of the class itself.
_PLAIN = {int: int.__int__, float: float.__float__, str: str.__str__}


def _owner_of_repr(kind: type) -> Any:
    """The class that gives a type its ``__repr__``, looked up without its metaclass, which may be the user's."""
    return next(
        base for base in type.__dict__["__mro__"].__get__(kind) if "__repr__" in type.__dict__["__dict__"].__get__(base)
    )


_repr = _Repr()


def describe_function(fn: Any) -> str:
    """The name of a callable. An object with a ``__getattr__`` of its own (a proxy) is called by its class."""
    kind = type(fn)
    if kind is FunctionType or kind is BuiltinFunctionType:
        name = fn.__qualname__
    elif kind is MethodType:
        return describe_function(fn.__func__)
    elif issubclass(kind, type):
        name = _qualname_of_class(fn)
    else:
        # What functools.wraps has put there, or C code has of itself; not what a property or a __getattr__ gives.
        found = getattr_static(fn, "__qualname__")
        name = found if type(found) is str else _qualname_of_class(kind)
    return str(name)


def getattr_static(obj: Any, name: str) -> Any:
    """An attribute in the object's own ``__dict__``, or one that C code of its class gives; None for any other."""
    for base in type.__dict__["__mro__"].__get__(type(obj)):
        found = type.__dict__["__dict__"].__get__(base)
        if type(found.get("__dict__")) is GetSetDescriptorType:
            own = found["__dict__"].__get__(obj)
            if type(own) is dict and name in own:
                return own[name]
        if type(found.get(name)) in (GetSetDescriptorType, MemberDescriptorType) and base is not object:
            return found[name].__get__(obj)
    return None


def describe_call(fn: Any, args: Any, kwargs: Any = None) -> str:
    """``fn(args)`` as short text. Runs no code of the user; must not raise."""
    try:
        while type(fn) is partial:
            args = tuple(fn.args) + tuple(args)
            fn = fn.func
        name = describe_function(fn)
        shown = [_repr.repr1(a, _repr.maxlevel) for a in list(args)[:6]]
        if len(args) > 6:
            shown.append("...")
        for key in list(kwargs or ())[:6]:
            shown.append(f"{key}={_repr.repr1((kwargs or {})[key], _repr.maxlevel)}")
        return "{}({})".format(name, ", ".join(shown))
    except Exception:
        return "<call>"
