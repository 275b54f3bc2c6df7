"""Answers: in the journal as they are made, out of it once they are sent."""

from __future__ import annotations

from safepool.protocol import codec
from safepool.protocol.slots import BASE, Slot
from safepool.protocol.words import IDLE, VALUE
from safepool.worker.answers import Outbox


class Silent:
    """A channel that keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[object] = []

    def send(self, kind: int, envelope: object, lengths: object = (), parts: object = ()) -> None:
        self.sent.append(envelope)


def test_finished_results_are_in_the_journal_before_they_are_sent(slot: Slot) -> None:
    """Three results are noted and not sent: the parent reads all three."""
    outbox = Outbox(Silent(), slot)  # type: ignore[arg-type]
    values = [5, "text", (VALUE, codec.dumps([1, 2]))]
    for value in values:
        outbox.finish(value, last=False)
    number, stage = slot.state()
    assert (number, stage) == (3, IDLE)
    base, noted = slot.journal(number)
    assert base == 0
    assert [codec.from_journal(note) for note in noted] == values


def test_sending_empties_the_journal(slot: Slot) -> None:
    """After the flush the journal begins behind what was sent."""
    channel = Silent()
    outbox = Outbox(channel, slot)  # type: ignore[arg-type]
    outbox.finish(1, last=False)
    outbox.finish(2, last=True)
    assert len(channel.sent) == 1
    assert slot.words[BASE] == 2
    assert slot.journal(slot.state()[0]) == (2, [])
