"""The cases: which program, in which variants, by which start methods, how long it may take, and which root it belongs to.

The roots are rules of the design (the parent's side is held to the same promise): 1 nobody waits for the engine while he has it;
2 deaths are the parent's own business; 3 every shared object has one owner; 4 users' code runs in callers' threads and in
threads made for it; 5 the end always comes; 6 a message is what its header says; 7 a fork is a stranger; 8 the program's habits
are not ours to break; 9 what is done is let go; 10 a worker sees what the standard pool's worker would see; 11 every system
call can fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

PROGRAMS = Path(__file__).with_name("programs")
ANY = ("fork", "spawn", "forkserver")
FORK = ("fork",)


@dataclass(frozen=True)
class Case:
    """One program. ``fails``: variant -> why it does not hold yet (the default start method, the Python that the tests run on).

    ``races``: variants that hold now and then though they fall short: their marks can't be strict, and the sieges have the last
    word.
    ``slow``: not in the short run. Seconds are for a busy machine: nothing that holds comes near them.
    """

    name: str
    root: int
    variants: tuple[str, ...] = ("-",)
    methods: tuple[str, ...] = ANY
    seconds: float = 15.0
    slow: bool = False
    races: tuple[str, ...] = ()
    fails: dict[str, str] = field(default_factory=dict, compare=False)

    def reason(self, variant: str) -> str | None:
        """Why this variant does not hold yet; None if it does."""
        return self.fails.get(variant, self.fails.get("*"))

    @property
    def program(self) -> Path:
        return PROGRAMS / f"subject_{self.name}.py"


def every(reason: str) -> dict[str, str]:
    """All variants of a case fail for this reason."""
    return {"*": reason}


CASES = (
    Case("nothing_is_wrong", 0),
    Case("handler_uses_pool", 1, ("submit", "cancel", "terminate", "close", "shutdown", "shutdown-cancel"), seconds=25),
    Case("alarm_again_and_again", 1, ("map", "apply", "submit", "imap"), seconds=30),
    Case("del_uses_pool", 1, ("submit", "cancel", "shutdown", "terminate"), seconds=20),
    Case(
        "interrupt_in_a_call",
        1,
        ("new", "submit", "apply", "result", "terminate", "close", "shutdown-cancel"),
        seconds=25,
        races=("submit",),
    ),
    Case("deaths_with_signals_blocked", 2, ("main", "thread", "patched")),
    Case(
        "template_does_not_answer",
        2,
        ("stop", "kill-unheard", "killed", "hook"),
        seconds=20,
    ),
    Case("sigterm_to_the_group", 2, ("plain", "replaced")),
    Case("parent_is_pid_1", 2, methods=FORK),
    Case("wait_and_as_completed", 3, ("wait", "as_completed", "cancel"), seconds=30),
    Case("many_threads_settle_a_map", 3, ("one", "three"), seconds=25),
    Case("two_threads_ask_for_one_result", 3, seconds=90, slow=True),
    Case("callback_waits", 4, ("callback", "done-callback", "on_death")),
    Case("describing_a_call", 4, ("block", "submit", "exit"), seconds=20),
    Case(
        "error_that_takes_no_cause",
        4,
        ("result", "done-callback", "error_callback", "asyncio"),
    ),
    Case("stopiteration", 4, ("imap", "imap_unordered", "map")),
    Case("pickled_anew", 4),
    Case("pickling_asks_its_pool", 4, ("asks", "blocks"), seconds=25),
    Case("tied_result_asks_its_pool", 4, ("apply", "imap", "submit", "waits"), seconds=25),
    Case("generator_blocks", 5, ("imap", "imap_unordered")),
    Case("fork_fails_now_and_then", 5, seconds=50),
    Case("workers_never_read_a_task", 5, ("replaced", "closed"), seconds=60),
    Case("bytearray_resized", 6, ("shrink", "clear", "grow", "change"), seconds=25),
    Case("list_used_again", 6, ("clear", "refill")),
    Case(
        "more_than_memory",
        6,
        ("argument", "chunk", "buffers", "imap", "result"),
        seconds=30,
    ),
    Case("fork_of_the_parent", 7, ("with", "end", "exit", "use")),
    Case("hook_uses_pool_in_a_fork", 7, ("calls", "end", "futures"), seconds=20),
    Case(
        "fork_while_pools_are_made",
        7,
        methods=FORK,
        seconds=20,
    ),
    Case("task_forks", 7, ("chunk", "single")),
    Case("sigpipe_at_its_default", 8, ("idle", "large"), seconds=25),
    Case("limits_and_missing_calls", 8, ("fsize", "memfd", "address-space")),
    Case("clocks_are_replaced", 8, ("still", "jump", "sleep-raises"), seconds=25),
    Case(
        "calls_are_mocked",
        8,
        ("process", "time", "descriptors", "files", "waiting", "signals", "pickles"),
        methods=FORK,  # by the others multiprocessing itself calls much of that, to start an interpreter
        seconds=25,
    ),
    Case("many_workers", 8, methods=("spawn",), seconds=60),
    Case(
        "memory_limit_and_inherited_pages",
        8,
        methods=FORK,
        seconds=30,
    ),
    Case(
        "slow_hooks_at_fork",
        8,
        methods=FORK,
        seconds=25,
    ),
    Case(
        "memory_of_queued_tasks",
        9,
        ("submit", "partial"),
        seconds=60,
    ),
    Case("what_is_done_is_let_go", 9, ("argument", "imap")),
    Case("cost_of_many", 9, ("cancel", "buffersize"), seconds=90),
    Case("world_at_the_first_submit", 10, ("global", "environ", "directory", "function"), FORK),
    Case(
        "results_that_need_their_worker",
        10,
        ("executor", "recycled", "sockets"),
    ),
    Case("arrays_are_writable", 10),
    Case("buffers_are_what_they_are_there", 10),
    Case("shared_memory_made_later", 10, ("plain", "recycled")),
    Case("workers_take_their_time_to_end", 10, ("finalize", "thread", "terminate"), seconds=20),
    Case("identity", 10),
    Case("initializer_fails_once", 10, seconds=20),
    Case(
        "few_descriptors",
        11,
        ("pool", "executor"),
        seconds=40,
        races=("pool", "executor"),
    ),
    Case("descriptor_closed", 11, ("all", *map(str, range(12))), seconds=20),
)


@dataclass(frozen=True)
class Run:
    """One run: a case in one variant by one start method."""

    case: Case
    variant: str
    method: str

    def __str__(self) -> str:
        return f"{self.case.name}[{self.variant}] {self.method}"


def runs(methods: tuple[str, ...] = ()) -> Iterator[Run]:
    """Every variant by `methods` that the case is for; by its first method if none is named."""
    for case in CASES:
        for method in case.methods[:1] if not methods else [m for m in methods if m in case.methods]:
            for variant in case.variants:
                yield Run(case, variant, method)
