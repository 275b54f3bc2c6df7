"""Root 10. Results whose unpickling asks their worker for something: connections, sockets.

What must hold: they arrive though their worker has ended before they are asked for, as with the standard pools.
"""

import multiprocessing
import socket

import safepool
from tests.safepool.acceptance.cases import subject_case as case


def connection(n):
    ours, theirs = multiprocessing.Pipe()
    theirs.send(n)
    return ours


def open_socket(n):
    ours, theirs = socket.socketpair()
    theirs.send(b"x" * n)
    return ours


def run(variant, context):
    if variant == "executor":
        with safepool.ProcessPoolExecutor(2, mp_context=context) as pool:
            futures = [pool.submit(connection, i) for i in range(4)]
        case.check([future.result(5).recv() for future in futures] == [0, 1, 2, 3], "wrong")
    elif variant == "recycled":
        with safepool.Pool(2, context=context, maxtasksperchild=1) as pool:
            case.check([c.recv() for c in pool.map_async(connection, range(6), 1).get(10)] == list(range(6)), "wrong")
    else:
        pool = safepool.Pool(2, context=context)
        result = pool.map_async(open_socket, range(1, 5))
        pool.close()
        pool.join()
        case.check([len(s.recv(10)) for s in result.get(5)] == [1, 2, 3, 4], "wrong")


if __name__ == "__main__":
    case.main(run)
