"""Imported by the forkserver before it forks its first worker: it is the forkserver that reaps them."""

from . import exits, stacks

exits.install()
stacks.register()
