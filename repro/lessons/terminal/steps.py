"""Where a walk through a lesson stops. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass

from repro.lessons import model

#: At these the reader has to do something; the walk stops there.
STOPS = (model.Ask, model.RunIt, model.Reveal, model.Stepper, model.Exercise)
#: These are not for readers.
UNSEEN = (model.Note, model.Slide)


@dataclass(frozen=True)
class Step:
    """What is shown until the next stop. number: of the section, from 1. first: whether the section begins here. stop: what the
    reader has to do, None where he only goes on."""

    number: int
    section: model.Section
    first: bool
    read: tuple[model.Block, ...]
    stop: model.Block | None


def steps(lesson: model.Lesson) -> list[Step]:
    """The whole lesson."""
    made: list[Step] = []
    for number, section in enumerate(lesson.sections, 1):
        read: list[model.Block] = []
        first = True
        for block in section.blocks:
            if isinstance(block, UNSEEN):
                continue
            if isinstance(block, STOPS):
                made.append(Step(number, section, first, tuple(read), block))
                read, first = [], False
            else:
                read.append(block)
        if read:
            made.append(Step(number, section, first, tuple(read), None))
    return made
