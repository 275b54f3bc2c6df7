"""Whether a lesson needs the paragraph that states its key claim: readers derived from the lesson without it, and from all of it.

Each folder of ``lessons/derivation/claims`` is a lesson: ``handout.md.xz``, the lesson as it was read; ``answers.json``, the raw
answers of two readers of whom one had it without the claim; ``claim.toml``, the claim, what was taken out, two questions, how
their answers were judged (by somebody who knew the claims), and what was done with the text. ``claims_again`` has the same of the
texts that were mended after that: other readers, and other questions, about what the mended paragraph says. There each reader had
the other mended lessons, too, without their claims or with them, and quotes those as well.
"""

from __future__ import annotations

import json
import lzma
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from repro.lessons import library, parse
from tests.repro.lab import ROOT

DERIVATION = Path(__file__).parents[1] / "lessons" / "derivation"
FIRST, AGAIN = (sorted((DERIVATION / name).iterdir()) for name in ("claims", "claims_again"))
READERS = ("without", "with")
DERIVED = {"no": 0.0, "in part": 0.5, "yes": 1.0}

each_reading = pytest.mark.parametrize(
    "folder", FIRST + AGAIN, ids=lambda folder: f"{folder.parent.name}-{folder.name}"
)


def text(folder: Path) -> tuple[str, str]:
    """The lesson as it was then: without what states its claim, and with it."""
    claim = parse.toml(folder / "claim.toml")
    whole = lzma.decompress((folder / "handout.md.xz").read_bytes()).decode("utf-8")
    title, instead = claim.get("retitled", ("", ""))
    rest = whole
    for words in claim["removed"] + claim["repetitions"]:
        assert words in rest, words
        rest = rest.replace(words, instead if words == title else "")
    return rest, whole


def holds(said: str, words: str) -> bool:
    """Whether the words are in the text, wherever its lines end."""
    return " ".join(words.split()) in " ".join(said.split())


def judgement(questions: dict[str, Any]) -> str:
    """What the paragraph is, by what both readers could derive: a whole question counts 1, a part of one a half."""
    without, whole = (sum(DERIVED[one[reader]["derived"]] for one in questions.values()) for reader in READERS)
    if whole < len(questions):
        return "question fails"
    return "idle" if without == len(questions) else "in part" if without >= len(questions) / 2 else "needed"


@pytest.mark.parametrize(
    ("without", "whole", "judged"),
    [
        (("no", "no"), ("yes", "yes"), "needed"),
        (("in part", "no"), ("yes", "yes"), "needed"),
        (("in part", "in part"), ("yes", "yes"), "in part"),
        (("yes", "in part"), ("yes", "yes"), "in part"),
        (("yes", "yes"), ("yes", "yes"), "idle"),
        (("no", "no"), ("yes", "in part"), "question fails"),
    ],
)
def test_what_makes_a_judgement(without: tuple[str, str], whole: tuple[str, str], judged: str) -> None:
    """Less than one question of two: needed. Both: idle."""
    pairs = zip("ab", without, whole, strict=True)
    assert judgement({name: {"without": {"derived": a}, "with": {"derived": b}} for name, a, b in pairs}) == judged


def test_every_lesson_has_a_claim() -> None:
    """But the last, which is a project."""
    assert [int(folder.name) for folder in FIRST] == list(library.folders())[:-1]


def untouched(folder: Path) -> bool:
    """Whether nothing was done with the text after a reading."""
    return bool(parse.toml(folder / "claim.toml")["mended"].startswith("Nothing"))


def test_what_was_mended_is_read_again() -> None:
    """Each lesson whose text was mended after the first reading, and its claim as it stands since then: a paragraph that was not
    in what the first readers had."""
    assert [folder.name for folder in AGAIN] == [folder.name for folder in FIRST if not untouched(folder)]
    for folder in AGAIN:
        _, before = text(DERIVATION / "claims" / folder.name)
        assert [words for words in parse.toml(folder / "claim.toml")["removed"] if not holds(before, words)], (
            folder.name
        )


@each_reading
def test_the_claim_was_taken_out(folder: Path) -> None:
    """What leads to an answer was in the lesson, and was not in what the other reader had."""
    without, whole = text(folder)
    for question in parse.toml(folder / "claim.toml")["questions"].values():
        assert [words for words in question["quotes"] if holds(without, words) or not holds(whole, words)] == []


def wrong_quotes(folder: Path) -> Iterator[str]:
    """What a reader quotes that was not before him: a quote names its lesson, and a reader had all those of his round."""
    answers = json.loads((folder / "answers.json").read_text("utf-8"))
    for index, reader in enumerate(READERS):
        for answer in answers[reader].values():
            for lesson, words in answer["quotes"]:
                if not holds(text(folder.parent / lesson.removeprefix("lesson-").zfill(2))[index], words):
                    yield words


@each_reading
def test_readers_quote_what_they_had(folder: Path) -> None:
    """Both of them, and no more."""
    assert list(wrong_quotes(folder)) == []


@each_reading
def test_the_judgement_follows_from_the_answers(folder: Path) -> None:
    """Two questions, each answered by both and judged with a reason. Where the whole lesson does not lead to an answer, or the
    paragraph is idle, it is said what was done; and an idle paragraph does not stand in the handout as it did."""
    claim = parse.toml(folder / "claim.toml")
    answers = json.loads((folder / "answers.json").read_text("utf-8"))
    assert claim["lesson"] == int(folder.name) and len(claim["questions"]) == 2
    assert set(answers) == set(READERS) and all(set(one) == set(claim["questions"]) for one in answers.values())
    assert all(one[reader]["why"] for one in claim["questions"].values() for reader in READERS)
    assert claim["judgement"] == judgement(claim["questions"])
    assert claim["claim"] and claim["mended"]
    if claim["judgement"] in ("idle", "question fails"):
        assert not untouched(folder)
    if claim["judgement"] == "idle":
        now = next((ROOT / "reports" / "lessons" / "en").glob(f"{folder.name}_*.md")).read_text("utf-8")
        assert [words for words in claim["removed"] if not holds(now, words)]


@pytest.mark.parametrize(
    ("folders", "said"), [(FIRST, "{} was needed, {} in part, {} idle"), (AGAIN, "{} needed, {} in part, {} idle")]
)
def test_the_teachers_page_counts_them(folders: list[Path], said: str) -> None:
    """What came of each round, in a sentence."""
    counts = Counter(parse.toml(folder / "claim.toml")["judgement"] for folder in folders)
    page = (ROOT / "reports" / "lessons" / "README.md").read_text("utf-8")
    assert holds(page, said.format(*(counts[name] for name in ("needed", "in part", "idle"))))
