"""tabulate, with columns that are as wide as what stands in them: it gives each header two columns more unless it is told not to,
which it can only be told for all of a process. So whoever lays out a table takes it from here."""

import tabulate as module

module.MIN_PADDING = 0

tabulate = module.tabulate

__all__ = ["tabulate"]
