"""What the programs of ``repro script`` are made of: what a scenario says (``Script``), and how a pool is written (``Wording``).

The texts of a scenario are lines of the program, with words in capital letters for what is written differently for each pool:

=================================  ==================================================================
``POOL(3)``                        a pool of three workers; ``initializer=f``, ``tasks_per_worker=1``
``CALL(f, items)``                 the results of a call with each item, as a list
``EACH(f, items)``                 the same, one by one, as they are taken
``MAP(f, items)``                  the same for all, begun; ``LIST(mapped)`` are its results
``started = START(f, items)``      a task for each item, begun; a third argument is the callback
``ASK(started)``                   the results of those; a second argument is the timeout, in seconds
``FINISH()``                       end the pool when its tasks are done
=================================  ==================================================================

The pool's variable is ``pool``.
"""

from __future__ import annotations

from typing import NamedTuple

WORDS = ("POOL", "CALL", "EACH", "MAP", "LIST", "START", "ASK", "FINISH")


#: A function of a program whose call makes every worker known: each of them has one task, and gives its pid.
NAP = """
    def nap(x):
        time.sleep(0.5)  # so that each worker has one
        return os.getpid()
"""


class Script(NamedTuple):
    """What a program needs of a scenario. Texts may be indented; imports of the standard library are added as they are used.

    fault: lines of the worker, for the input 3; "" for none.
    worker: the whole function, where it is another than the usual one; "" for none at all, None for the usual one.
    above: what stands above the worker.
    prepare: what is done before the pool is made.
    items: what the call is made with.
    options: more arguments of POOL, ``initializer=f``; where ``main`` makes the pool, they are there, too.
    main: what is done instead of making a pool and a call.
    start_method: the one that shows it, where the platform's default does not; "" for the default.
    guard: whether there is an ``if __name__ == "__main__":``.
    well: what it does where all is well, a sentence; last: the last line that it prints then, as a glob (fnmatch).
    note: a remark for the heading.
    why_not: why no program can show it, a sentence; "" where this is one.
    """

    fault: str = ""
    worker: str | None = None
    above: str = ""
    prepare: str = ""
    items: str = "[1, 2, 3]"
    options: str = ""
    main: str = ""
    start_method: str = ""
    guard: bool = True
    well: str = "It prints every result."
    last: str = "[[]1, 2, 3]"
    note: str = ""
    why_not: str = ""


class Wording:
    """How a pool is written in a program, for one of its operations. Each word of a scenario's text is a method here, in small
    letters: it is given the texts of the arguments, and returns lines. The first takes the word's place.

    name: of the class. operation: as in ``Adapter.operations``. options: what the constructor calls those of POOL. limit: the
    time that a task may take, for the constructor (``timeout=2``), "" for none; limit_of_call: the same, for each call.
    """

    def __init__(
        self, name: str, operation: str, options: dict[str, str], limit: str = "", limit_of_call: str = ""
    ) -> None:
        self.name = name
        self.operation = operation
        self.options = options
        self.limit = limit
        self.more = limit_of_call and f", {limit_of_call}"

    def pool(self, *arguments: str, **options: str) -> str:
        """Raises KeyError for an option that this pool can't be given."""
        given = [*arguments, *(f"{self.options[name]}={value}" for name, value in options.items())]
        return f"{self.name}({', '.join(filter(None, [*given, self.limit]))})"

    def call(self, function: str, items: str) -> str:
        raise NotImplementedError

    def each(self, function: str, items: str) -> str:
        raise NotImplementedError

    def map(self, function: str, items: str) -> str:
        raise NotImplementedError

    def list(self, mapped: str) -> str:
        raise NotImplementedError

    def start(self, function: str, items: str, callback: str = "") -> str:
        raise NotImplementedError

    def ask(self, started: str, timeout: str = "") -> str:
        raise NotImplementedError

    def finish(self) -> str:
        raise NotImplementedError

    def program(self, opened: str, items: str) -> str:
        """Make a pool, and a call of ``worker``, and print what comes of it. opened: the word POOL, with its arguments."""
        return f"with {opened} as pool:\n    print(CALL(worker, {items}))"


class PoolWording(Wording):
    """Of a pool with the interface of ``multiprocessing.Pool``."""

    def call(self, function: str, items: str) -> str:
        if self.operation == "apply_async":
            return self.ask(self.start(function, items))
        made = f"pool.{self.operation}({function}, {items}{self.more})"
        return made if self.operation == "map" else f"list({made})"

    def each(self, function: str, items: str) -> str:
        name = "imap_unordered" if self.operation == "imap_unordered" else "imap"
        return f"pool.{name}({function}, {items}{self.more})"

    def map(self, function: str, items: str) -> str:
        return f"pool.map_async({function}, {items}{self.more})"

    def list(self, mapped: str) -> str:
        return f"{mapped}.get()"

    def start(self, function: str, items: str, callback: str = "") -> str:
        both = callback and f", callback={callback}, error_callback={callback}"
        return f"[pool.apply_async({function}, (x,){both}{self.more}) for x in {items}]"

    def ask(self, started: str, timeout: str = "") -> str:
        return f"[r.get({timeout}) for r in {started}]"

    def finish(self) -> str:
        return "pool.close()\npool.join()"


class ExecutorWording(Wording):
    """Of a pool with the interface of ``concurrent.futures.Executor``."""

    #: A call of the method that starts a task, with the item ``x``.
    submit = "pool.submit({function}, x{more})"
    #: The line that waits for all futures; none where exception() does, and nobody brings ``wait``.
    wait: tuple[str, ...] = ("wait(futures)",)

    def call(self, function: str, items: str) -> str:
        if self.operation == "map":
            return f"list({self.each(function, items)})"
        return self.ask(self.start(function, items))

    def each(self, function: str, items: str) -> str:
        return f"pool.map({function}, {items}{self.more})"

    def map(self, function: str, items: str) -> str:
        return self.each(function, items)

    def list(self, mapped: str) -> str:
        return f"list({mapped})"

    def start(self, function: str, items: str, callback: str = "") -> str:
        call = self.submit.format(function=function, more=self.more)
        attach = callback and f"\nfor one in started:\n    one.add_done_callback({callback})"
        return f"[{call} for x in {items}]{attach}"

    def ask(self, started: str, timeout: str = "") -> str:
        return f"[f.result({timeout}) for f in {started}]"

    def finish(self) -> str:
        return "pool.shutdown()"

    def program(self, opened: str, items: str) -> str:
        """The way out that the project began with: submit each, leave the block, wait, look at each exception, then collect."""
        if self.operation == "map":
            return super().program(opened, items)
        return "\n".join(
            [
                f"with {opened} as pool:",
                f"    futures = START(worker, {items})",
                *self.wait,
                "for error in filter(None, [future.exception() for future in futures]):",
                "    raise error",
                "print([future.result() for future in futures])",
            ]
        )


def expand(text: str, wording: Wording) -> str:
    """Lines of a program, with each word written as a pool's. A word and its arguments stand on one line."""
    import ast  # slow to import, and every process of every cell imports this module

    while True:
        calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
        named = [(node, node.func.id) for node in calls if isinstance(node.func, ast.Name)]
        words = [(node.lineno, node.col_offset, name, node) for node, name in named if name in WORDS]
        if not words:
            return text
        row, column, word, call = max(words, key=lambda one: one[:2])  # the last: no other word is among its arguments
        arguments = [ast.get_source_segment(text, one) for one in call.args]
        options = {str(one.arg): ast.get_source_segment(text, one.value) for one in call.keywords}
        written, *more = getattr(wording, word.lower())(*arguments, **options).split("\n")
        lines = text.split("\n")
        line = lines[row - 1]
        indentation = line[: len(line) - len(line.lstrip())]
        whole = line[:column] + written + line[call.end_col_offset :]
        lines[row - 1 : row] = [whole, *(indentation + one for one in more)]
        text = "\n".join(lines)
