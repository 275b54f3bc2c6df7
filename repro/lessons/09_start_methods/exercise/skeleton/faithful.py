from __future__ import annotations


def watch_parent(parent: int) -> None:
    """An initializer: from now on this process ends soon after the process `parent` has ended."""
    raise NotImplementedError
