"""The rows beside the grid: what else must never hang, lose or double anything. Python 3.8, standard library.

An item is the name of a row: a function of a module ``subject_rows_*`` whose docstring says what must hold. Each
runs in a process of its own, so a row may do to itself what it likes: limits, signals, locks. After it nothing may
be left. Rows whose name begins with ``heavy_`` take gigabytes or minutes and run with ``--full`` only.
"""

import argparse
import gc
import importlib
import multiprocessing
import os
import resource
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.abspath(__file__).rpartition("/tests/")[0])

from tests.safepool.acceptance import subject_protocol
from tests.safepool.acceptance.grid.subject_pools import Resources, settle
from tests.safepool.acceptance.grid.subject_rows import ROWS, here

for chapter in ("deaths", "stubborn", "grandchildren", "callbacks", "shutdown", "parent", "amounts", "programs"):
    importlib.import_module("tests.safepool.acceptance.grid.subject_rows_" + chapter)


def run_item(item):
    before = Resources()
    here.folder = tempfile.mkdtemp(prefix="row-")
    try:
        ROWS[item]()
        gc.collect()
        settle(before, item)
    finally:
        shutil.rmtree(here.folder, ignore_errors=True)


def setup(arguments):
    here.start_method = arguments.start_method
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if here.start_method != "fork":  # what the standard library keeps for the life of the program
        warm = multiprocessing.get_context(here.start_method).Process(target=gc.collect)
        warm.start()
        warm.join()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--start-method", choices=["fork", "spawn", "forkserver"], required=True)
    subject_protocol.main(run_item, parser, setup)
