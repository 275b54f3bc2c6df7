"""Root 10. What the program sets between the making of an executor and its first ``submit``: globals, environment, directory,
functions.

What must hold: workers see it, as the standard executor's do under fork.
"""

import os

import safepool
from tests.safepool.acceptance.cases import subject_case as case

FACTOR = 1


def factor():
    return FACTOR


def environment():
    return os.environ.get("SAFEPOOL_CASE")


def run(variant, context):
    global FACTOR
    if context.get_start_method() != "fork":
        case.skip("only a fork sees what the program set")
    with safepool.ProcessPoolExecutor(2, mp_context=context) as pool:
        if variant == "global":
            FACTOR = 10
            case.check(pool.submit(factor).result(10) == 10, "a worker computes with an old global")
        elif variant == "environ":
            os.environ["SAFEPOOL_CASE"] = "set"
            case.check(pool.submit(environment).result(10) == "set", "a worker has an old environment")
        elif variant == "directory":
            os.mkdir("new")
            os.chdir("new")
            case.check(os.path.basename(pool.submit(os.getcwd).result(10)) == "new", "a worker is in an old directory")
        else:
            exec("def late(x):\n    return x", globals())
            value, error = case.outcome(pool.submit(globals()["late"], 5).result, 10)
            case.check(value == 5, f"a function that was defined below the executor: {error!r}")


if __name__ == "__main__":
    case.main(run)
