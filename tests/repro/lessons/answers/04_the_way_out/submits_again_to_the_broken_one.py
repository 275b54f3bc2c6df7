# finds: one-dies broken-escapes
# A broken executor takes nothing more: submit raises.
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool


def outcomes(function, inputs):
    found = []
    with ProcessPoolExecutor(max_workers=3) as executor:
        futures = [executor.submit(function, one) for one in inputs]
        for one, future in zip(inputs, futures):
            error = future.exception()
            if isinstance(error, BrokenProcessPool):
                error = executor.submit(function, one).exception()
            if error is None:
                found.append(("returned", future.result()))
            elif isinstance(error, BrokenProcessPool):
                found.append(("died", None))
            else:
                found.append(("raised", type(error).__name__))
    return found
