"""The benchmarks' measuring functions, a file per kind; `MEASUREMENTS` finds them by name.

Each gets a `Setting` and returns its samples, raw values in the unit that `repro.bench.catalogue` gives. A new one is
a function in a file here and an entry in the catalogue.
"""
