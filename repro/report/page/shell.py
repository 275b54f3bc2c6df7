"""What every page of ours is: one file, with its style and its program, that asks nobody for anything.

It says so to the browser (Content-Security-Policy, https://www.w3.org/TR/CSP3/): nothing is fetched, and no program runs but the
one whose hash stands there, whatever a record holds.
"""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from repro.report.pictures.svg import DARK, LIGHT

ASSETS = Path(__file__).with_name("assets")

#: What draws the pictures of any page, after ``elements.js``; with ``pictures.css``, and what ``drawn`` makes.
PICTURES = ("timeline.js", "replay.js", "waits.js")


def asset(name: str) -> str:
    """A file of ``assets``."""
    return (ASSETS / name).read_text("utf-8")


def script(*parts: str) -> str:
    """A program of a page, of several files in their order: none of their names is anybody else's."""
    return "(() => {\n'use strict';\n" + "\n".join(parts) + "})();\n"


def digest(program: str) -> str:
    """By which a page's policy names the only program that may run (https://www.w3.org/TR/CSP3/#grammardef-hash-source)."""
    return base64.b64encode(hashlib.sha256(program.encode()).digest()).decode()


def json_in_page(value: Any) -> str:
    """Data that no text in it can end."""
    return json_text(value).replace("<", "\\u003c")


def json_text(value: Any) -> str:
    """As short as can be; all ASCII, so that half a surrogate pair is none of the file's."""
    return json.dumps(value, separators=(",", ":"))


def variables() -> str:
    """The colours of the pictures."""
    light, dark = ("".join(f"--{name}:{value};" for name, value in colours.items()) for colours in (LIGHT, DARK))
    return (
        f":root{{{light}color-scheme:light}}\n@media screen and (prefers-color-scheme:dark)"
        f"{{:root{{{dark}color-scheme:dark}}}}\n"
    )
