"""Workers here and on a cluster: the same bits, one BLAS thread, no orphans, and errors that name the task."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from processes import workers_of

import nnprune
from nnprune import demo
from nnprune._util import executor as module
from nnprune._util.command import installed_memory, workers_that_fit
from nnprune._util.executor import (
    THREADS,
    Workers,
    as_executor,
    cores,
    executor_map,
    make_executor,
    n_jobs,
    scratch,
    spread,
    tell,
    travels,
)
from nnprune._util.progress import Together
from nnprune.reproduce.provenance import data_identity
from nnprune.reproduce.spread import loaded_again

ROOT = Path(nnprune.__file__).parents[1]
DIGITS = ["--dataset", "digits", "--quick", "--hidden", "8", "--epochs", "1", "--sparsities", "0.5", "0.9"]
posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no such signals")
everywhere = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


# -- what a worker does; each of these is imported there, by the name of this file -------------------------------


def settings_of_a_worker():
    with scratch() as path:
        return os.getpid(), os.environ["OPENBLAS_NUM_THREADS"], signal.getsignal(signal.SIGINT) == signal.SIG_IGN, path


def pid_of_a_worker(seconds):
    time.sleep(seconds)
    return os.getpid()


def square(x):
    tell("half", x)
    return x * x


def fail(x):
    raise ZeroDivisionError(f"{x} is none of ours")


def die(x):
    if x == 1:
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    time.sleep(30 if x else 0)
    return x


def total(shared, x):
    return float(np.sum(shared)) + x, isinstance(shared, np.ndarray) and shared.flags.writeable


class Counted:
    """Six numbers that count how often they are sent from this process."""

    sent = 0

    def __array__(self, dtype=None, copy=None):
        return np.arange(6.0)

    def __reduce__(self):
        Counted.sent += 1
        return Counted, ()


def die_at(shared, x):
    return die(x)


def spawned(n):
    """A pool as a caller makes it."""
    return ProcessPoolExecutor(n, mp_context=get_context("spawn"))


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    """The functions above have a module that a worker can import, as those of the package have."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(Path(__file__).parent)]))
    import test_executor  # this file again, as the workers see it
    for name in ("settings_of_a_worker", "pid_of_a_worker", "square", "fail", "die", "total", "die_at", "Counted"):
        monkeypatch.setitem(globals(), name, getattr(test_executor, name))


# -- workers on this machine --------------------------------------------------------------------------------------


def test_a_worker_has_one_blas_thread_and_no_ctrl_c_and_the_environment_stays():
    before = dict(os.environ)
    with Workers(1) as workers:
        pid, threads, ignores, path = workers.submit(settings_of_a_worker).result()
        assert Path(path).parent == Path(workers.folder)
    assert (threads, ignores) == ("1", True)
    assert pid != os.getpid()
    assert dict(os.environ) == before
    assert not Path(workers.folder).exists()
    assert set(THREADS) >= {"OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"}


def test_values_and_messages_come_as_they_are_ready():
    heard = []
    with Workers(2) as workers:
        found = dict(spread(workers, square, [(2,), (3,), (4,)], "abc", lambda *m: heard.append(m), width=2))
    assert found == {0: 4, 1: 9, 2: 16}
    assert set(heard) <= {(0, "half", 2), (1, "half", 3), (2, "half", 4)}


def test_what_a_task_raises_is_raised_as_it_is():
    with pytest.raises(ZeroDivisionError, match="7 is none of ours"), Workers(1) as workers:
        list(spread(workers, fail, [(7,)], ["seven"]))


@posix
def test_a_worker_that_is_killed_is_named_with_its_task_and_the_others_end():
    begin = time.perf_counter()
    with pytest.raises(ChildProcessError, match=r"in the middle of one a worker process was killed.*fewer workers"), \
            Workers(2) as workers:
        list(spread(workers, die, [(1,), (2,)], ["one", "two"]))
    assert time.perf_counter() - begin < 25
    assert not any(process.is_alive() for process in workers.context.started)
    assert not Path(workers.folder).exists()


@pytest.mark.parametrize("pool", [Workers, spawned])
def test_what_is_shared_is_in_one_file_and_the_file_is_deleted(pool, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    shared, Counted.sent = Counted(), 0
    with pool(2) as workers:
        assert list(executor_map(workers)(total, [shared], [1, 2, 3])) == [(16.0, False), (17.0, False), (18.0, False)]
        assert not list(tmp_path.rglob("*.npy"))
        first = executor_map(workers)(total, [shared], [1, 2, 3])
        assert next(first) == (16.0, False)
        assert len(list(tmp_path.rglob("*.npy"))) == 1
        first.close()  # as Ctrl-C does
        assert not list(tmp_path.rglob("*.npy"))
    assert Counted.sent == 0
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_said(monkeypatch):
    def full(file, array):
        raise OSError("0 of 6 written")

    monkeypatch.setattr(np, "save", full)
    with Workers(1) as workers, pytest.raises(OSError, match=r"no room for the 8 MiB .*\(0 of 6.*TMPDIR"):
        list(executor_map(workers)(total, [np.zeros(2**20)], [1]))


@posix
def test_a_worker_that_is_killed_while_all_end_stops_none_of_them(monkeypatch):
    """It holds the lock by which the others take their work, and so the word that there is none."""
    with Workers(2) as workers:
        pids = set(workers.map(pid_of_a_worker, [0.2, 0.2]))
        shutdown = workers.shutdown

        def killed_first(**options):
            for pid in pids if not options["wait"] else ():
                os.kill(pid, signal.SIGKILL)
                break
            shutdown(**options)

        workers.shutdown = killed_first
    assert not [p for p in workers.context.started if p.is_alive()]


def test_a_script_without_its_guard_is_told_and_leaves_no_folder(tmp_path, monkeypatch):
    """Its worker runs the script once more, and cannot start workers of its own."""
    (tmp_path / "temporary").mkdir()
    (tmp_path / "script.py").write_text(
        "from nnprune.reproduce.__main__ import main\n"
        "main(['theorem', '--quick', '--dataset', 'digits', '--seeds', '1', '--jobs', '1', '--out', 'out'])\n")
    done = subprocess.run([sys.executable, "script.py"], capture_output=True, text=True, cwd=tmp_path, check=False,
                          timeout=60, env={**everywhere, "TMPDIR": str(tmp_path / "temporary")})
    assert 'what starts it belongs under if __name__ == "__main__"' in done.stderr
    assert list((tmp_path / "temporary").iterdir()) == []


@posix
def test_map_names_the_batch_at_which_a_worker_died(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for pool in (Workers, spawned):
        with pool(1) as workers:
            ours = executor_map(workers)
            assert list(ours(square, [], [1, 2])) == [1, 4]
            with pytest.raises(ChildProcessError, match="in the middle of batch 2 a worker process"):
                list(ours(die_at, [np.eye(2)], [0, 1]))
            assert not list(tmp_path.rglob("*.npy"))
        assert not list(tmp_path.iterdir())


def test_what_is_no_executor_is_refused_with_the_remedy():
    joblib = pytest.importorskip("joblib")
    with pytest.raises(TypeError, match=r"but it is a joblib.*no submit and no map: pass ProcessPoolExecutor\(2\)"):
        nnprune.prune_lobs(nnprune.MLP((3, 2), rng=0), np.eye(3), sparsity=0.5, executor=joblib.Parallel(2))
    with pytest.raises(TypeError, match="but it is a builtins.int"):
        as_executor(2)
    with ThreadPoolExecutor(1) as pool:
        assert as_executor(pool) is pool


def test_what_can_travel():
    assert travels((nnprune.prune_magnitude, 1))
    assert not travels(lambda: 1)


# -- how many ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", ["0", "-1"])
@pytest.mark.parametrize("program", ["demo", "reproduce", "replay"])
def test_no_jobs_are_refused(program, jobs, tmp_path, capsys):
    from nnprune.__main__ import main
    names = {"demo": ["--out", str(tmp_path / "x")], "reproduce": ["xor", "--out", str(tmp_path / "x")],
             "replay": ["--out", str(tmp_path / "x.html")]}[program]
    assert main([program, "--jobs", jobs, *names]) == 2
    assert f"error: --jobs must be a whole number of at least 1, but it is {jobs}" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_more_jobs_than_cores_are_cut_with_a_word(monkeypatch):
    monkeypatch.setattr(module, "cores", lambda: 2)
    said = []
    assert [n_jobs(n, said.append) for n in (None, 1, 2, 99)] == [2, 1, 2, 2]
    assert said == ["--jobs 99: this process may use 2 cores, so there will be 2"]
    assert cores() >= 1


def test_as_many_workers_as_the_memory_has_room_for():
    said, gib = [], 2**30
    assert workers_that_fit(4, gib, gib, 3.5, said.append) == 2
    assert workers_that_fit(4, gib, gib, 8, said.append) == 4
    assert workers_that_fit(2, 0, installed_memory(), None, said.append) == 1  # one may take all, by default
    with pytest.raises(ValueError, match=r"the run needs 2\.0 GiB, but max_memory is 1\.5 GiB"):
        workers_that_fit(4, gib, gib, 1.5, said.append)
    assert said[:2] == ["memory: at most about 3.0 GiB, with 2 of 4 workers at a time", "memory: at most about 5.0 GiB"]


# -- the demo ------------------------------------------------------------------------------------------------------


def figures(out):
    """All that a run found, but for its times."""
    found = json.loads((out / "results.json").read_text())["results"]
    for row in found:
        del row["seconds"]
    return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that nothing stopped, with one worker."""
    out = tmp_path_factory.mktemp("whole") / "out"
    assert demo.main([*DIGITS, "--jobs", "1", "--out", str(out)]) == 0
    return out


@pytest.mark.parametrize("jobs", [2, 3])
def test_the_same_bits_whatever_the_number_of_workers(whole, jobs, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "cores", lambda: 3)
    assert demo.main([*DIGITS, "--jobs", str(jobs), "--out", str(tmp_path)]) == 0
    assert figures(tmp_path) == figures(whole)
    for name in ("dense.npz", "masks.png", "curves.png"):
        assert (tmp_path / name).read_bytes() == (whole / name).read_bytes()


def gone(pids, seconds=20):
    """Whether all of these processes end within so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        listed = subprocess.run(["ps", "-Aww", "-o", "pid=,stat="], capture_output=True, text=True, check=True).stdout
        alive = {int(line.split()[0]) for line in listed.splitlines() if not line.split()[1].startswith("Z")}
        if not alive & set(pids):
            return True
        time.sleep(0.1)
    return False


# A demo that is at work for a second or two after its workers have begun.
AT_WORK = ["--epochs", "1", "--hidden", "60", "20", "--seeds", "2", "--sparsities", "0.5", "0.9", "--methods",
           "magnitude", "lobs-shared-retrained"]


def begun(data, out, line="trained in"):
    """That demo at the moment when it has printed this line; and its workers."""
    # A shell starts what it puts in the background with SIGINT ignored, and children inherit that: here it must count.
    process = subprocess.Popen([sys.executable, "-m", "nnprune.demo", *AT_WORK, "--data", str(data), "--jobs", "2",
                                "--out", str(out)],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=everywhere,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
    for printed in process.stdout:
        if line in printed:
            workers = workers_of(process.pid)
            assert len(workers) == 2
            return process, workers
    raise AssertionError(f"it ended, with {process.communicate()[1]}")


@posix
def test_ctrl_c_sigterm_and_kill_9_leave_no_process_and_the_same_command_goes_on(few_digits, tmp_path, capsys):
    command = [*AT_WORK, "--data", str(few_digits), "--out"]
    process, workers = begun(few_digits, tmp_path / "broken", "data:")
    process.kill()
    process.communicate(timeout=60)
    assert gone(workers)

    process, workers = begun(few_digits, tmp_path / "broken", "magnitude to")
    for pid in (process.pid, *workers):  # as a terminal does: to all of them
        os.kill(pid, signal.SIGINT)
    printed, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Stopped by Ctrl-C" in printed
    assert "Traceback" not in errors
    assert gone(workers)

    process, workers = begun(few_digits, tmp_path / "broken", "going on after")
    process.terminate()
    printed, errors = process.communicate(timeout=60)
    assert process.returncode == 143
    assert "Stopped by SIGTERM" in printed + errors
    assert "Traceback" not in errors
    assert gone(workers)
    assert not list((tmp_path / "broken").rglob(".*.tmp"))

    process, workers = begun(few_digits, tmp_path / "broken", "going on after")
    time.sleep(0.5)
    os.kill(workers_of(process.pid)[0], signal.SIGKILL)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2, errors
    last = errors.splitlines()[-1]
    assert last.startswith("error: in the middle of seed ")
    assert last.endswith("the same command goes on from there.")
    assert gone(workers)

    assert demo.main([*command, str(tmp_path / "broken")]) == 0
    assert "going on after" in capsys.readouterr().out
    assert demo.main([*command, str(tmp_path / "straight"), "--jobs", "1"]) == 0
    assert figures(tmp_path / "straight") == figures(tmp_path / "broken")


def test_one_line_shows_all_that_is_at_work():
    import io
    log, terminal = io.StringIO(), io.StringIO()
    board = Together("demo: ", log, every=0)
    board.show("exact", 0, 4)
    board.show("exact", 1, 4)
    board.show("simplified", 1, 2, "stage 3")
    board.ended("exact")
    board.show("simplified", 2, 2)
    lines = log.getvalue().splitlines()
    assert lines[1:] == ["demo: exact 25 %, about 0 s left",
                         "demo: exact 25 %, about 0 s left; simplified 50 %, about 0 s left, stage 3",
                         "demo: simplified 100 %, about 0 s left"]
    terminal.isatty = lambda: True
    board = Together("", terminal, every=0)
    board.show("exact", 1, 4)
    board.ended("exact")
    assert terminal.getvalue().startswith("\rexact 25 %")
    assert terminal.getvalue().endswith("\r")
    assert "\n" not in terminal.getvalue()


def test_a_worker_elsewhere_must_have_the_same_data():
    def absent():
        raise FileNotFoundError("no mnist")

    data = nnprune.make_digits(20, 10)
    assert loaded_again(lambda: data, data_identity(data)) is data
    with pytest.raises(ValueError, match="the worker on .* lacks the data: put them where they are here.*no mnist"):
        loaded_again(absent, "x")
    with pytest.raises(ValueError, match="the worker on .* has digits, crc32 .*, and here it is digits, crc32 0"):
        loaded_again(lambda: data, "digits, crc32 0")


# -- a cluster -----------------------------------------------------------------------------------------------------


def test_a_full_disk_of_the_workers_is_named(tmp_path, capsys, monkeypatch, little_room):
    monkeypatch.setattr(module.tempfile, "tempdir", str(tmp_path))
    with little_room():
        assert demo.main([*DIGITS, "--jobs", "1", "--out", str(tmp_path / "out")]) == 2
    assert re.match(rf"error: {tmp_path}/nnprune-.* has no room for the \d+ MiB that the workers read there \(.*\): "
                    "let TMPDIR name a folder that has", capsys.readouterr().err)


@pytest.mark.parametrize(("address", "message"), [
    ("localhost:8786", "--executor must be dask://host:port, but it is 'localhost:8786'"),
    ("dask://localhost", "--executor must be dask://host:port"),
    ("ray://localhost:1", "--executor must be dask://host:port"),
])
def test_an_address_that_is_none(address, message, tmp_path, capsys):
    assert demo.main([*DIGITS, "--executor", address, "--out", str(tmp_path / "out")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_without_distributed_the_line_to_install_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ValueError, match=r'needs distributed: pip install "nnprune\[dask\]"'), \
            make_executor(1, "dask://localhost:1"):
        pass


@pytest.fixture(scope="module")
def cluster():
    """A Dask cluster of two worker processes: (its address for --executor, a client)."""
    distributed = pytest.importorskip("distributed", reason="Dask is not installed: pip install nnprune[dask]")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(Path(__file__).parent)]))
        import dask
        with dask.config.set({"distributed.scheduler.allowed-failures": 0}), \
                distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as made, \
                distributed.Client(made, set_as_default=False) as client:
            yield f"dask://{made.scheduler_address.partition('://')[2]}", client


dask_warns = pytest.mark.filterwarnings("default")


@dask_warns
def test_two_dask_workers_give_the_same_bits(cluster, whole, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("NNPRUNE_DATA", str(tmp_path / "of MNIST, and not asked for"))
    assert demo.main([*DIGITS, "--executor", cluster[0], "--out", str(tmp_path)]) == 0
    assert figures(tmp_path) == figures(whole)
    assert (tmp_path / "dense.npz").read_bytes() == (whole / "dense.npz").read_bytes()


@dask_warns
def test_a_dask_client_is_asked_for_its_executor(cluster):
    net, x = nnprune.MLP((20, 12, 3), rng=0), np.random.default_rng(0).normal(size=(50, 20))
    here, there = (nnprune.prune_lobs(net, x, sparsity=0.8, executor=e) for e in (None, cluster[1]))
    assert here.net.parameters().tobytes() == there.net.parameters().tobytes()
    assert here.removed.tobytes() == there.removed.tobytes()


@dask_warns
def test_what_is_shared_goes_once_to_a_cluster(cluster):
    shared, Counted.sent = Counted(), 0
    with make_executor(1, cluster[0]) as executor:
        assert [n for n, _ in executor_map(executor)(total, [shared], list(range(8)))] == [15.0 + n for n in range(8)]
    assert Counted.sent == 1


@dask_warns
def test_a_dask_worker_that_dies_is_named_with_its_task(cluster):
    with make_executor(1, cluster[0]) as executor, \
            pytest.raises(ChildProcessError, match="the executor stopped in the middle of one: KilledWorker"):
        list(spread(executor, die, [(1,)], ["one"]))
    with make_executor(1, cluster[0]) as executor, \
            pytest.raises(ChildProcessError, match="the executor stopped in the middle of batch [12]: "):
        list(executor_map(executor)(die_at, [np.eye(2)], [0, 1]))


@dask_warns
def test_a_cluster_without_nnprune_or_with_another_version_is_one_line(cluster, tmp_path, capsys, monkeypatch):
    address, client = cluster
    client.wait_for_workers(2)  # those of the test before died
    client.run(exec, "import nnprune; nnprune.__version__ = '9.9'")
    assert demo.main([*DIGITS, "--executor", address, "--out", str(tmp_path / "out")]) == 2
    assert re.search(r"^error: the worker tcp://\S+ of dask://\S+ has nnprune 9\.9, and here it is",
                     capsys.readouterr().err, re.MULTILINE)
    client.run(exec, "import sys\nfor name in [m for m in sys.modules if m.split('.')[0] == 'nnprune']: "
                     "del sys.modules[name]\nsys.modules['nnprune'] = None")
    assert demo.main([*DIGITS, "--executor", address, "--out", str(tmp_path / "out")]) == 2
    assert re.search(r"^error: the workers of dask://\S+ cannot import nnprune .*: install nnprune \S+ on every worker",
                     capsys.readouterr().err, re.MULTILINE)
    assert not (tmp_path / "out").exists()


@dask_warns
def test_no_scheduler_there_is_one_line(monkeypatch, tmp_path, capsys):
    pytest.importorskip("distributed")
    monkeypatch.setattr(module, "WAIT", 1)
    assert demo.main([*DIGITS, "--executor", "dask://127.0.0.1:1", "--out", str(tmp_path / "out")]) == 2
    assert "error: --executor dask://127.0.0.1:1: no Dask scheduler answers there" in capsys.readouterr().err
