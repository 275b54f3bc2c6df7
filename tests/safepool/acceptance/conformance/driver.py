"""Runs CPython's own pool tests, pointed at safepool's classes, in the interpreter whose tests they are.

Items are test names, ``MODULE:Class.test``. ``--list FILE`` writes which there are for ``--family`` (pool, executor) and
``--start-method`` and ends. ``--target standard`` leaves the standard classes in place: that run proves the
harness, and shows what the tests themselves cost. Python 3.8 syntax, standard library only.
"""

import argparse
import concurrent.futures
import fnmatch
import importlib
import io
import json
import multiprocessing
import os
import sys
import unittest

sys.path.insert(0, os.path.abspath(__file__).rpartition("/tests/")[0])

from tests.safepool.acceptance import subject_protocol
from tests.safepool.acceptance.conformance.skipped import SUBTESTS

ROOT = sys.path[0]
POOL_TESTS = "test._test_multiprocessing"
POOL_CLASSES = (
    "WithProcessesTestPool",
    "WithProcessesTestPoolWorkerErrors",
    "WithProcessesTestPoolWorkerLifetime",
    "TestInitializers",
    "TestPoolNotLeakOnFailure",
)
EXECUTOR_PACKAGE = "test.test_concurrent_futures"
EXECUTOR_MODULES = (
    "test_as_completed",
    "test_deadlock",
    "test_init",
    "test_process_pool",
    "test_shutdown",
    "test_wait",
)

# What a program that a test starts by `python -c` runs first: it imports from the standard packages itself.
PRELUDE = """import sys; sys.path.insert(0, {root!r})
import concurrent.futures, multiprocessing, safepool
concurrent.futures.ProcessPoolExecutor = safepool.ProcessPoolExecutor
multiprocessing.Pool = safepool.Pool
"""

classes = {}  # test class by MODULE:Class
fixtures = []  # (setUpModule, tearDownModule) of each module
started = set()


def load_pool_tests(start_method, target):
    module = importlib.import_module(POOL_TESTS)
    if target == "safepool":
        import safepool

        multiprocessing.Pool = safepool.Pool
        module.ProcessesMixin.Pool = staticmethod(safepool.Pool)
        prefix_programs([module.test.support.script_helper])
    # The modules of CPython's own run: a spawned worker must be able to import the class that a task is a method of.
    package = "test.test_multiprocessing_" + start_method
    try:
        modules = [importlib.import_module(package)]
    except ImportError:
        os.environ["CONFORMANCE_START_METHOD"] = start_method
        modules = [importlib.import_module("tests.safepool.acceptance.conformance.reinstalled")]
    if hasattr(modules[0], "__path__"):
        modules = [importlib.import_module(package + "." + name) for name in ("test_processes", "test_misc")]
    for found in modules:
        for name in POOL_CLASSES:
            if hasattr(found, name):  # older versions lack some
                classes[f"{found.__name__}:{name}"] = getattr(found, name)
        fixtures.append((found.setUpModule, found.tearDownModule))


def load_executor_tests(start_method, target):
    package = importlib.import_module(EXECUTOR_PACKAGE)
    if hasattr(package, "__path__"):
        modules = [importlib.import_module(EXECUTOR_PACKAGE + "." + name) for name in EXECUTOR_MODULES]
        mixins = importlib.import_module(EXECUTOR_PACKAGE + ".util")
    else:
        modules, mixins = [package], package
    if target == "safepool":
        import safepool

        concurrent.futures.ProcessPoolExecutor = safepool.ProcessPoolExecutor
        for name in ("Fork", "Spawn", "Forkserver"):
            getattr(mixins, f"ProcessPool{name}Mixin").executor_type = safepool.ProcessPoolExecutor
        prefix_programs(modules)
    prefix = {"fork": "ProcessPoolFork", "spawn": "ProcessPoolSpawn", "forkserver": "ProcessPoolForkserver"}[
        start_method
    ]
    mixin = getattr(mixins, prefix + "Mixin")
    for module in modules:
        for name, value in sorted(vars(module).items()):
            if isinstance(value, type) and issubclass(value, (unittest.TestCase,)) and issubclass(value, mixin):
                classes[f"{module.__name__}:{name}"] = value
        if hasattr(module, "setUpModule"):
            fixtures.append((module.setUpModule, getattr(module, "tearDownModule", None)))


def prefix_programs(modules):
    """Have ``assert_python_ok('-c', code)``, where these modules use it, run the prelude first."""
    for module in modules:
        original = getattr(module, "assert_python_ok", None)
        if original is not None:

            def replacement(*args, _original=original, **kwargs):
                args = [
                    PRELUDE.format(root=ROOT) + arg if before == "-c" else arg
                    for before, arg in zip((None, *args), args)
                ]
                return _original(*args, **kwargs)

            module.assert_python_ok = replacement


def names():
    loader = unittest.TestLoader()
    return [f"{path}.{name}" for path, cls in classes.items() for name in loader.getTestCaseNames(cls)]


target = "safepool"


def run_item(item):
    path, name = item.rsplit(".", 1)
    output = io.StringIO()
    result = unittest.TextTestRunner(stream=output, verbosity=0).run(unittest.TestSuite([classes[path](name)]))
    bad = [test for test, _ in result.errors + result.failures]
    if target == "safepool":
        bad = [test for test in bad if not any(fnmatch.fnmatchcase(str(test), skip.pattern) for skip in SUBTESTS)]
    if bad or result.unexpectedSuccesses:
        raise AssertionError(output.getvalue())
    if result.skipped:
        raise subject_protocol.Skipped("CPython: " + result.skipped[0][1])
    if result.testsRun != 1:
        raise AssertionError(f"ran {result.testsRun} tests instead of one:\n{output.getvalue()}")


def load(arguments):
    global target
    target = arguments.target
    try:
        {"pool": load_pool_tests, "executor": load_executor_tests}[arguments.family](
            arguments.start_method, arguments.target
        )
    except ImportError as error:
        if arguments.list is None:
            raise
        with open(arguments.list, "w") as file:
            json.dump({"absent": str(error)}, file)
        sys.exit(0)
    if arguments.list is not None:
        with open(arguments.list, "w") as file:
            json.dump({"names": names(), "minor": "{}.{}".format(*sys.version_info)}, file)
        sys.exit(0)
    # What other tests need and these do not; the walltime resource is what CPython's own CI grants.
    from test import support

    support.use_resources = ["walltime", "cpu", "subprocess"]
    for set_up, _ in fixtures:
        set_up()


def finish():
    for _, tear_down in reversed(fixtures):
        if tear_down is not None:
            tear_down()
    doModuleCleanups = getattr(unittest.case, "doModuleCleanups", None)
    if doModuleCleanups is not None:
        doModuleCleanups()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--family", choices=["pool", "executor"], required=True)
    parser.add_argument("--start-method", choices=["fork", "spawn", "forkserver"], required=True)
    parser.add_argument("--target", choices=["safepool", "standard"], default="safepool")
    parser.add_argument("--list")
    if "--list" in sys.argv:
        load(parser.parse_args())
    subject_protocol.main(run_item, parser, load, finish)
