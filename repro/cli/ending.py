"""How a command ends: every way out has one of the statuses of ``repro.errors``, and says one line on standard error at most.

What nobody foresaw is our own fault, and ends with a line that says what it was and where its traceback is kept: a traceback on a
terminal hides what happened from those who did not write the program, and is gone when somebody asks for it.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence

from repro.errors import INTERRUPTED, READER_LEFT, SOFTWARE, ReproError

#: From here on a status says which signal ended the command (128 + its number).
SIGNALLED = 128


def ended(command: Callable[[], int]) -> int:
    """Run a command to its end, whatever that is. Returns the exit status; what it printed has left this process by then."""
    try:
        _prepare_streams()
        try:
            status = command()
        except SystemExit as leaving:  # argparse, after a help text or an error
            status = int(leaving.code or 0)
        _flush(status)
        return status
    except ReproError as error:
        return _with_line(str(error), error.exit_status)
    except KeyboardInterrupt:
        return _with_line("interrupted", INTERRUPTED)
    except BrokenPipeError:
        _drop_output()
        return READER_LEFT
    except Exception as error:
        return _with_line(f"{_what(error)}; {_keep(error)}", SOFTWARE)


def say(text: str) -> None:
    """A line on standard error. Where that is closed or full, nobody is there to be told.

    An error in the words of a record, or of a file, is shown as records are.
    """
    from repro.records import shown

    with contextlib.suppress(OSError):
        print(f"repro: {shown.text(text, lines=True)}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def printed_if_possible(received: Sequence[int]) -> Iterator[None]:
    """What is printed inside may fail where a signal ended the command: a terminal that is closed takes nothing any more.

    received: the signals that came.
    """
    try:
        yield
    except OSError:
        if not received:
            raise


def _prepare_streams() -> None:
    """Standard streams that were closed get a place, or the next file that is opened would be taken for one of them; and what an
    encoding has no letter for is printed as its number. Raises ReproError where standard output was closed."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
    closed = sys.stdout is None
    sys.stdout, sys.stderr = (
        stream or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (until the process ends)
        for stream in (sys.stdout, sys.stderr)
    )
    if closed:
        raise ReproError("standard output is closed, and the answer would be lost: send it to a file, or to /dev/null")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _with_line(text: str, status: int) -> int:
    say(text)
    _flush(SIGNALLED)
    return status


def _flush(status: int) -> None:
    """Send off what was printed. Raises OSError where that fails, unless the status says more than that: a closed terminal
    takes nothing."""
    try:
        sys.stdout.flush()
    except OSError:
        if status < SIGNALLED:
            raise
        _drop_output()


def _drop_output() -> None:
    """What is still to be written goes nowhere: the interpreter would try again when it ends, and say that this failed."""
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _what(error: Exception) -> str:
    """What went wrong, in a line."""
    if isinstance(error, OSError) and error.filename is None:
        try:
            print(
                flush=True
            )  # was it standard output? Then it fails again, whether what was printed is buffered or not
        except OSError as again:
            _drop_output()
            return f"can't write to standard output: {again.strerror}"
    if isinstance(error, OSError) and error.filename is not None:
        return (
            f"{os.fsdecode(error.filename) if isinstance(error.filename, bytes) else error.filename}: {error.strerror}"
        )
    text = " ".join(str(error).split())[:300]
    return f"{type(error).__name__}{': ' * bool(text)}{text}"


def _keep(error: Exception) -> str:
    """Write the traceback to a file of its own, and say where it is."""
    import tempfile
    import traceback

    from safepool._version import __version__

    try:
        descriptor, path = tempfile.mkstemp(prefix="repro-traceback-", suffix=".txt")
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            print(f"repro {__version__}, Python {sys.version}, {sys.argv}", file=file)
            traceback.print_exception(error, file=file)
    except OSError as problem:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return f"its traceback can't be kept ({problem.strerror}); it ends at {frame.filename}:{frame.lineno}"
    return f"its traceback is kept in {path}"
