"""Rows: whole programs, and how they end."""

import os
import signal
import subprocess
import sys

from tests.safepool.acceptance.grid.subject_pools import attempt
from tests.safepool.acceptance.grid.subject_rows import all_processes, here, path, pid_from, row, sid, wait_for


def script(text, *arguments, check=True, **keywords):
    """Run a program in a process group of its own; returns its CompletedProcess."""
    name = path("program.py")
    with open(name, "w") as file:
        file.write(text)
    done = subprocess.run(
        [sys.executable, name, here.start_method, here.folder, *arguments],
        timeout=25,
        cwd=here.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        **keywords,
    )
    assert not check or done.returncode == 0, f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


HEAD = """
import multiprocessing, os, signal, sys, threading, time
import safepool
from tests.safepool.acceptance.grid import subject_tasks as tasks
start_method, folder = sys.argv[1:3]
context = multiprocessing.get_context(start_method)
"""


@row
def a_program_that_forgets_its_pool():
    """The interpreter ends although a Pool was neither closed nor terminated, idle, busy or after a death."""
    for tail in (
        "pool.map(tasks.times_ten, range(5))",
        "pool.apply_async(time.sleep, (60,))",
        "pool.apply_async(tasks.exit_now).wait()",
        "it = pool.imap(tasks.times_ten, range(100000)); next(it)",
    ):
        script(HEAD + "if __name__ == '__main__':\n    pool = safepool.Pool(2, context=context)\n    " + tail + "\n")


@row
def a_program_that_forgets_its_executor():
    """The interpreter waits for an executor's tasks and ends, after a death too."""
    for tail in (
        "executor.submit(tasks.noted_times_ten, folder + '/log', 1)",
        "executor.submit(tasks.exit_now)",
        "executor.submit(tasks.exit_now); executor.submit(tasks.noted_times_ten, folder + '/log', 1)",
    ):
        script(
            HEAD
            + "if __name__ == '__main__':\n    executor = safepool.ProcessPoolExecutor(2, mp_context=context)\n    "
            + tail
            + "\n"
        )
    with open(path("log")) as file:
        assert len(file.readlines()) == 2, "a task of a forgotten executor did not run exactly once"


def start_program(text, *arguments):
    name = path("program.py")
    with open(name, "w") as file:
        file.write(text)
    return subprocess.Popen(
        [sys.executable, name, here.start_method, here.folder, *arguments],
        start_new_session=True,
        cwd=here.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


PARENT = (
    HEAD
    + """
if __name__ == '__main__':
    executor = safepool.ProcessPoolExecutor(3, mp_context=context)
    executor.submit(tasks.note_pid_and_sleep, folder + "/sleeping")
    executor.submit(tasks.hold_gil, folder + "/gil")
    executor.submit(tasks.times_ten, 1).result()
    time.sleep(60)
"""
)


@row
def the_parent_is_killed():
    """No process outlives a parent that was killed by SIGKILL: not an idle worker, not one in a task that holds the GIL."""
    process = start_program(PARENT)
    for name in ("sleeping", "gil"):
        pid_from(name)
    session = process.pid
    process.kill()
    process.communicate()
    wait_for(
        lambda: not [pid for pid, state, _ in all_processes() if state != "Z" and sid(pid) == session],
        "all processes of the killed parent are gone",
        5,
    )


@row
def the_parent_is_killed_with_a_stopped_worker():
    """Not a stopped worker either."""
    process = start_program(PARENT)
    pid_from("gil")
    os.kill(pid_from("sleeping"), signal.SIGSTOP)
    session = process.pid
    process.kill()
    process.communicate()
    wait_for(
        lambda: not [pid for pid, state, _ in all_processes() if state != "Z" and sid(pid) == session],
        "all processes of the killed parent are gone",
        5,
    )


@row
def parent_and_helpers_are_killed():
    """Nor when the template (or forkserver) is killed just before the parent."""
    process = start_program(PARENT)
    keep = {pid_from("sleeping"), pid_from("gil"), process.pid}
    for pid in [pid for pid, _, _ in all_processes() if sid(pid) == process.pid and pid not in keep]:
        attempt(lambda pid=pid: os.kill(pid, signal.SIGKILL))
    process.kill()
    process.communicate()
    wait_for(
        lambda: not [pid for pid, state, _ in all_processes() if state != "Z" and sid(pid) == process.pid],
        "all processes of the killed parent are gone",
        5,
    )


def check_ctrl_c(text):
    process = start_program(text)
    pid_from("pid")
    os.killpg(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=20)
    assert process.returncode in (1, -signal.SIGINT, 130), (process.returncode, output, errors)
    assert errors.count("Traceback (most recent call last)") == 1, errors
    assert "KeyboardInterrupt" in errors, errors
    wait_for(
        lambda: not [pid for pid, state, _ in all_processes() if state != "Z" and sid(pid) == process.pid],
        "all processes are gone",
        5,
    )


@row
def ctrl_c_during_map():
    """Ctrl-C to the whole group: one traceback, the parent's, and the end."""
    check_ctrl_c(
        HEAD
        + """
if __name__ == '__main__':
    with safepool.Pool(2, context=context) as pool:
        pool.map(tasks.note_pid_and_sleep, [folder + "/pid", folder + "/pid2", folder + "/pid3"], chunksize=1)
"""
    )


@row
def ctrl_c_during_result():
    """The same with an executor: its `with` must not wait for the interrupted tasks."""
    check_ctrl_c(
        HEAD
        + """
if __name__ == '__main__':
    with safepool.ProcessPoolExecutor(2, mp_context=context) as executor:
        futures = [executor.submit(tasks.note_pid_and_sleep, folder + "/" + name) for name in ("pid", "pid2", "pid3")]
        futures[0].result()
"""
    )


@row
def ctrl_c_while_processes_start():
    """SIGINT in every process between its birth and its first task, and in what imports the main module: nothing comes of it."""
    done = script(
        HEAD
        + """
def interrupt():
    os.kill(os.getpid(), signal.SIGINT)

os.register_at_fork(after_in_child=interrupt)
if __name__ == '__main__':
    with safepool.Pool(2, context=context) as pool:
        print(pool.map(tasks.times_ten, range(3), chunksize=1))
        pool.apply_async(tasks.exit_now).wait()
        print(pool.map(tasks.times_ten, range(3), chunksize=1))
else:
    interrupt()
"""
    )
    assert (done.stdout, done.stderr) == ("[0, 10, 20]\n" * 2, ""), (done.stdout, done.stderr)


@row
def no_main_guard():
    """A script without `if __name__ == '__main__'` ends; with spawn it ends with an error that tells, not in endless respawns."""
    done = script(
        HEAD
        + """
def double(x): return 2 * x
with open(folder + "/starts", "a") as file: file.write("x")
with safepool.Pool(2, context=context) as pool:
    print(pool.map(double, range(3)))
""",
        check=False,
    )
    with open(path("starts")) as file:
        starts = len(file.read())
    assert starts <= 30, f"{starts} starts"
    if here.start_method == "fork":
        assert done.returncode == 0 and "[0, 2, 4]" in done.stdout, done
    else:
        assert done.returncode != 0 and "__main__" in done.stderr, done


@row
def a_function_of_python_c():
    """A function of `python -c` with spawn: an error that tells, not a hang."""
    text = (
        "import sys, multiprocessing, safepool\ndef double(x): return 2 * x\nif __name__ == '__main__':\n"
        f"    with safepool.Pool(2, context=multiprocessing.get_context({here.start_method!r})) as pool:\n"
        "        print(pool.map(double, range(3)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", text], timeout=25, capture_output=True, stdin=subprocess.DEVNULL, text=True
    )
    if here.start_method == "fork":
        assert done.returncode == 0 and "[0, 2, 4]" in done.stdout, done
    else:
        assert done.returncode != 0 and "double" in done.stderr, done


@row
def without_standard_streams():
    """A daemon whose descriptors 0 to 2 are closed can have a pool."""
    text = (
        HEAD
        + """
if __name__ == '__main__':
    for fd in (0, 1, 2): os.close(fd)
    with safepool.Pool(2, context=context) as pool:
        ok = pool.map(tasks.times_ten, range(3)) == [0, 10, 20]
        try: pool.apply(tasks.exit_now)
        except safepool.WorkerDied: pass
        ok = ok and pool.map(tasks.times_ten, range(3)) == [0, 10, 20]
    pool.join()
    with open(folder + "/answer", "w") as file: file.write(str(ok))
"""
    )
    script(text, check=False)
    with open(path("answer")) as file:
        assert file.read() == "True"


@row
def without_a_directory_for_temporary_files():
    """TMPDIR that does not exist: the pool does not need one, or says so."""
    environment = dict(os.environ, TMPDIR=path("no/such/directory"))
    script(
        HEAD
        + """
if __name__ == '__main__':
    with safepool.Pool(2, context=context) as pool:
        assert pool.map(tasks.times_ten, range(3)) == [0, 10, 20]
    pool.join()
""",
        env=environment,
    )


@row
def output_of_tasks_is_not_the_protocol():
    """What tasks print goes to the program's output, whole."""
    done = script(
        HEAD
        + """
if __name__ == '__main__':
    with safepool.Pool(2, context=context) as pool:
        assert pool.map(tasks.flood, range(6)) == list(range(6))
        pool.close()
        pool.join()
"""
    )
    assert len(done.stdout) == 600000, len(done.stdout)
