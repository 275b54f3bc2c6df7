"""What stacks say: who asks, whose code it is, what is half through."""

from __future__ import annotations

from repro.diagnose import asks
from tests.repro.diagnose.kept import frame, thread


def test_who_asks() -> None:
    """Code that was called back asks for itself."""
    back = thread(frame("sleep", "job.py"), frame("get", "multiprocessing/pool.py"))
    assert asks.asks(back) is None
    assert asks.asks(thread(frame("get", "multiprocessing/pool.py"))) is not None


def test_half_messages() -> None:
    """In the middle of a body; a header is none, and what is longer than the whole is nonsense."""
    inner = frame("_recv", "multiprocessing/connection.py", size="100", remaining="40")
    outer = frame("_recv_bytes", "multiprocessing/connection.py", size="100")
    assert asks.half_message(thread(inner, outer)) == ("in", 100, 40)
    header = frame("_recv_bytes", "multiprocessing/connection.py")
    assert asks.half_message(thread(inner, header)) is None
    out = frame("_send", "multiprocessing/connection.py", remaining="40")
    assert asks.half_message(thread(out, frame("_send_bytes", "multiprocessing/connection.py", n="100"))) == (
        "out",
        100,
        40,
    )
    assert asks.half_message(thread(out, frame("_send_bytes", "multiprocessing/connection.py", n="10"))) is None


def test_arguments_are_short() -> None:
    assert len(asks.arguments(frame("f", "job.py", text="x" * 500))) == 60


def test_whose_code_it_is() -> None:
    """That of Python, of what is installed, and safepool's own, wherever it lies, is not the program's."""
    program = frame("work", "job.py", 7)
    for file in (
        "/usr/lib/python3.12/queue.py",
        "/x/site-packages/billiard/pool.py",
        "/checkout/safepool/worker/loop.py",
    ):
        assert asks.program_frame([frame("f", file), program]) == program
    assert asks.place(program) == "job.py:7"
