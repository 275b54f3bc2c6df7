"""What a project demands of a run, for its CI: ``--expect FILE`` and ``--fail-on VERDICTS``, for every command that has them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.records.judged import JudgedCell
    from repro.verdicts.expectations import Expectation
    from repro.verdicts.judge import Verdict

#: Of a file of expectations, how much is read: the suite's own has a tenth of it, in bytes.
MOST = 1 << 22


def add_demands(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is demanded, for CI")
    group.add_argument(
        "--expect",
        metavar="FILE",
        type=Path,
        help="what is known of your pools (repro expect RUN --write FILE); holds before what the suite knows",
    )
    group.add_argument(
        "--fail-on",
        metavar="VERDICTS",
        help="hang,lost: exit status 1 where a cell comes to one of them, and not where it differs from what is known",
    )


def own_expectations(file: Path | None) -> list[Expectation]:
    """The rules in a file; none without one. Raises UsageError for a file that has none, with what is wrong."""
    import json

    from repro import files
    from repro.errors import UsageError
    from repro.verdicts import expectations

    if file is None:
        return []
    try:
        return expectations.parse(json.loads(files.content(file, MOST)))
    except OSError as error:
        raise UsageError(f"no expectations in {file}: {error.strerror}") from error
    except files.Refused as error:
        raise UsageError(f"no expectations in {file}: the file {error}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"no expectations in {file}: {error}; repro expect RUN --write FILE makes such a file"
        ) from error


def refused_verdicts(text: str | None) -> frozenset[Verdict] | None:
    """Those that fail a run; None where no demand was made. Raises UsageError for what is no verdict."""
    from repro.plan.matrix import pick
    from repro.verdicts.judge import Verdict

    if text is None:
        return None
    return frozenset(map(Verdict, pick("verdict", text.replace(" ", "").split(","), map(str, Verdict))))


def fails(cells: Sequence[JudgedCell], refused: frozenset[Verdict] | None) -> list[JudgedCell]:
    """The cells for which a run ends with status 1: those with a refused verdict; without any, those that are news."""
    if refused is None:
        return [cell for cell in cells if cell.is_news]
    return [cell for cell in cells if cell.judgement.verdict in refused]
