"""CPython's pool tests as classes of this module, for builds that ship the tests but not the modules that install them.

A module of its own, because a spawned worker imports the class that a task is a method of. Which start method is
said by the environment, which workers inherit.
"""

import os

from test import _test_multiprocessing

START_METHOD = os.environ["CONFORMANCE_START_METHOD"]

_test_multiprocessing.install_tests_in_module_dict(globals(), START_METHOD)
