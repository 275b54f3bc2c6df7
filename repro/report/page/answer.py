"""The answer that a run gives, in two sentences: which pools fail their callers, and which never do. Pure functions of cells."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Sequence

from repro.records.judged import JudgedCell
from repro.report.tables import FEW, RAN, counted, distinct, label, latency_text
from repro.verdicts.expectations import GOOD
from repro.verdicts.judge import Verdict

#: What nobody can live with, as what a pool does.
_DOES = {
    "never returns": (Verdict.HANG, Verdict.LIVELOCK),
    "loses results": (Verdict.LOST,),
    "ends its caller's program": (Verdict.PARENT_EXIT,),
}


def answer(cells: Sequence[JudgedCell]) -> tuple[str, str]:
    """Both sentences, counted over the cells with a fault that a pool could do something about."""
    ran = [cell for cell in cells if cell.faulty and cell.judgement.verdict in RAN and not _was_killed(cell)]
    if not ran:
        return "No cell with a fault was run.", "So nothing is known of what these pools do when a worker fails."
    by_pool = {pool: [cell for cell in ran if cell.pool == pool] for pool in distinct(cell.pool for cell in ran)}
    bad = {pool: sum(cell.judgement.verdict not in GOOD for cell in mine) / len(mine) for pool, mine in by_pool.items()}
    ordered = sorted(by_pool, key=lambda pool: -bad[pool])
    *others, last = ordered
    fine = [pool for pool in ordered if not bad[pool]]
    if fine:
        return _of_blamed([pool for pool in ordered if bad[pool]], by_pool), _of_fine(fine, by_pool)
    if others:
        return _of_blamed(others, by_pool), f"{_did(last, by_pool[last])}: the fewest, and no pool here never does."
    return _of_blamed([last], by_pool), "It is the only pool of this run."


def _was_killed(cell: JudgedCell) -> bool:
    """Whether the caller's program itself got SIGKILL: no pool sends that to its caller, and none can bear it for him."""
    return cell.judgement.verdict is Verdict.PARENT_EXIT and cell.exit_status == -signal.SIGKILL


def _did(pool: str, cells: Sequence[JudgedCell]) -> str:
    """What a pool does that nobody can live with, in how many cells."""
    counts = Counter(cell.judgement.verdict for cell in cells)
    sums = {does: sum(counts[verdict] for verdict in verdicts) for does, verdicts in _DOES.items()}
    told = [f"{does} in {count:,}" for does, count in sums.items() if count]
    return f"{label(pool)} {listed(told)} of {counted(len(cells), 'cell')}"


def _of_blamed(pools: Sequence[str], by_pool: dict[str, list[JudgedCell]]) -> str:
    """What those do that fail their callers, the worst first; of many, the first few."""
    if not pools:
        return "Whatever happens to a worker, no pool here leaves its caller waiting for ever."
    told = [_did(pool, by_pool[pool]) for pool in pools[:FEW]]
    more = f"; and {len(pools) - FEW} more pools fail their callers, too" if len(pools) > FEW else ""
    return f"When something happens to a worker, {'; '.join(told)}{more}."


def _of_fine(pools: Sequence[str], by_pool: dict[str, list[JudgedCell]]) -> str:
    """What those do that never fail their callers."""
    mine = [cell for pool in pools for cell in by_pool[pool]]
    after = latency_text([cell.judgement.latency_ms for cell in mine if cell.judgement.verdict is Verdict.RAISED])
    when = f"; the error comes {after} after the death (median)" if after else ""
    gives, its = ("gives its caller", "its") if len(pools) == 1 else ("give their callers", "their")
    which = f"each of {its} {len(mine):,} cells" if len(mine) > 1 else "its one cell"
    return f"{listed([label(pool) for pool in pools])} {gives} an error or the results in {which}{when}."


def listed(texts: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(texts[:-1]), *texts[-1:]]))
