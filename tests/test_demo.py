"""The main job, on synthetic digits: what it prints, what it writes, how it stops."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from problems import NIGHTLY

import nnprune
from nnprune import demo, plots
from nnprune._util.progress import Progress
from nnprune.analysis.comparison import within_a_point
from nnprune.datasets import choose
from nnprune.reproduce.job import Job
from nnprune.reproduce.run_folder import RunFolder

SMALL = ["--dataset", "digits", "--hidden", "12", "--epochs", "2", "--quick", "--jobs", "1", "--sparsities", "0.5",
         "0.9"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """One small run with two seeds: (folder, what it printed)."""
    out, printed = tmp_path_factory.mktemp("demo") / "results", io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", printed)
        assert demo.main([*SMALL, "--seeds", "2", "--out", str(out)]) == 0
    return out, printed.getvalue()


def test_it_writes_every_file_and_the_json_says_what_was_run(run):
    out, _ = run
    assert {p.name for p in out.iterdir()} == {"results.json", "table.csv", "curves.png", "masks.png", "dense.npz",
                                                "run.json"}
    found = json.loads((out / "results.json").read_text())
    assert found["dataset"] == "digits"
    assert found["seed"] == 0
    assert found["seeds"] == [0, 1]
    assert found["versions"]["nnprune"] == nnprune.__version__
    assert len(found["results"]) == 2 * (1 + 2 * 5)
    for row in found["results"]:
        assert set(row) == {"seed", "method", "sparsity", "accuracy", "seconds", "weights_sha256"}
        assert len(row["weights_sha256"]) == 64
    dense = [row["accuracy"] for row in found["results"] if row["method"] == "dense"]
    assert found["dense_accuracy"] == pytest.approx(np.mean(dense))


def test_the_table_the_csv_and_the_json_agree(run):
    out, printed = run
    rows = json.loads((out / "results.json").read_text())["results"]
    table = list(csv.DictReader((out / "table.csv").read_text().splitlines()))
    assert [float(t["accuracy"]) for t in table] == [row["accuracy"] for row in rows]
    exact = [100 * row["accuracy"] for row in rows if (row["method"], row["sparsity"]) == ("lobs-exact", 0.5)]
    assert f"{np.mean(exact):.2f}+-{np.std(exact):.2f}" in printed
    assert "within one point of dense" in printed


def test_the_pictures_are_pictures(run):
    out, _ = run
    for name in ("curves.png", "masks.png"):
        assert (out / name).read_bytes().startswith(b"\x89PNG")
        assert (out / name).stat().st_size > 10_000


def test_the_dense_net_is_the_one_that_was_measured(run):
    out, _ = run
    data = nnprune.make_digits()
    row = json.loads((out / "results.json").read_text())["results"][0]
    assert nnprune.MLP.load(out / "dense.npz").accuracy(data.x_test, data.y_test) == row["accuracy"]


def test_the_same_command_gives_the_same_figures(run, tmp_path):
    assert demo.main([*SMALL, "--seed", "1", "--methods", "magnitude", "lobs-shared-retrained",
                      "--out", str(tmp_path)]) == 0
    again = json.loads((tmp_path / "results.json").read_text())["results"]
    before = json.loads((run[0] / "results.json").read_text())["results"]
    for row in again:
        same = [b for b in before if all(b[k] == row[k] for k in ("seed", "method", "sparsity"))]
        assert [b["accuracy"] for b in same] == [row["accuracy"]]


@pytest.mark.parametrize(("options", "message"), [
    (["--methods", "magic"], "method 'magic' is unknown; known are: 'magnitude', 'random'"),
    (["--sparsities", "0.9", "0.5"], "must rise"),
    (["--sparsities", "1"], "[0, 1)"),
    (["--seeds", "0"], "--seeds must be a whole number of at least 1, but it is 0"),
    (["--seed", "-1"], "--seed must be a whole number of at least 0, but it is -1"),
    (["--hidden", "0"], "--hidden must be a whole number of at least 1, but it is 0"),
    (["--epochs", "-3"], "--epochs"),
    (["--methods", "magnitude", "random", "magnitude"], "--methods names 'magnitude' twice"),
    (["--dataset", "digits", "--data", "/no/such/folder"], "no meaning with --dataset digits"),
    (["--dataset", "mnist", "--data", "/no/such/folder"], "/no/such/folder"),
])
def test_a_wrong_command_line_is_one_clear_error(options, message, tmp_path, capsys):
    assert demo.main([*options, "--out", str(tmp_path / "out")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_out_that_is_no_folder_is_one_clear_error(tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    for out in (str(tmp_path / "file"), str(tmp_path / "file" / "x"), ""):
        assert demo.main([*SMALL, "--methods", "random", "--out", out]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert [line.startswith("error: ") for line in errors] == [True] * 3
    assert (tmp_path / "file").read_text() == "mine"


def test_a_finished_run_is_shown_again_and_run_anew_with_fresh(tmp_path, capsys):
    command = [*SMALL, "--methods", "magnitude", "--out", str(tmp_path)]
    assert demo.main(command) == 0
    first, before = capsys.readouterr().out, (tmp_path / "results.json").read_bytes()
    assert demo.main(command) == 0
    second = capsys.readouterr().out
    assert "was finished on" in second
    assert "trained in" not in second
    table = first[first.index("dense test accuracy"):first.index("Written to")]
    assert table.strip() in second
    (tmp_path / "results.json").write_bytes(b"{}")
    assert demo.main([*command, "--fresh"]) == 0
    again, old = (json.loads(text)["results"] for text in ((tmp_path / "results.json").read_text(), before))
    assert [row["accuracy"] for row in again] == [row["accuracy"] for row in old]


def test_results_of_other_settings_or_of_nobody_are_not_overwritten(run, tmp_path, capsys):
    assert demo.main([*SMALL, "--seeds", "2", "--epochs", "1", "--out", str(run[0])]) == 2
    message = capsys.readouterr().err
    assert "epochs = 2, where this one has 1" in message
    assert "--fresh" in message
    (tmp_path / "thesis.txt").write_text("mine")
    assert demo.main([*SMALL, "--out", str(tmp_path)]) == 2
    assert "not from a run of ours" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_run_that_fails_leaves_the_results_of_the_last_one(run, tmp_path):
    for name in ("run.json", "results.json", "curves.png"):
        (tmp_path / name).write_bytes((run[0] / name).read_bytes())
    assert demo.main([*SMALL, "--methods", "random", "--sparsities", "0.5", "2", "--out", str(tmp_path)]) == 2
    assert (tmp_path / "results.json").read_bytes() == (run[0] / "results.json").read_bytes()


def test_a_named_folder_without_mnist_is_an_error_and_no_reason_to_draw(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("NNPRUNE_DATA", str(tmp_path / "nowhere"))
    assert demo.main(["--quick", "--out", str(tmp_path / "out")]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_auto_falls_back_to_synthetic_digits_and_says_so(monkeypatch, capsys, tmp_path):
    monkeypatch.delenv("NNPRUNE_DATA", raising=False)
    def no_mnist(directory, download):
        raise ConnectionError("no network")

    monkeypatch.setattr(choose, "load_mnist", no_mnist)
    options, drawn, save = ["--hidden", "4", "--epochs", "1", "--quick", "--methods", "random"], [], plots.save_curves
    monkeypatch.setattr(demo, "REDRAWN", -1)  # the figures are there, and grow, before the run has ended
    monkeypatch.setattr(plots, "save_curves", lambda f, curves, title: (drawn.append(sum(map(len, curves.values()))),
                                                                        save(f, curves, title)))
    assert demo.main([*options, "--out", str(tmp_path)]) == 0
    assert drawn[0] < drawn[-1]
    assert drawn == sorted(drawn)
    assert "SYNTHETIC DIGITS" in capsys.readouterr().out
    assert json.loads((tmp_path / "results.json").read_text())["dataset"] == "digits"


def test_the_figures_of_synthetic_digits_say_that_they_are_not_mnist_and_how_many(tmp_path):
    job = Job("demo", {"seeds": 1}, RunFolder(tmp_path, "demo", {}))
    job.images = nnprune.make_digits(10, 10)
    report = demo.Report(job, {"seed": 0, "settings": {"methods": []}})
    assert report.title == "synthetic digits (not MNIST), 10 images"


def test_help_shows_examples(capsys):
    with pytest.raises(SystemExit):
        demo.main(["--help"])
    assert "python -m nnprune.demo --seeds 3" in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_ctrl_c_leaves_what_is_done_and_says_so(few_digits, tmp_path):
    command = [sys.executable, "-m", "nnprune.demo", "--data", str(few_digits), "--hidden", "60", "--epochs", "1",
               "--methods", "magnitude", "lobs-shared-retrained", "--out", str(tmp_path)]
    # A shell starts what it puts in the background with SIGINT ignored, and children inherit that: here it must count.
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env={**os.environ, "PYTHONUNBUFFERED": "1"},
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
    for line in process.stdout:
        if "magnitude to" in line:
            break
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Stopped by Ctrl-C" in rest
    rows = json.loads((tmp_path / "results.json").read_text())["results"]
    assert {row["method"] for row in rows} == {"dense", "magnitude"}
    assert (tmp_path / "curves.png").exists()


def test_kill_9_at_any_moment_and_the_same_command_ends_with_the_same_figures(few_digits, tmp_path):
    def command(out):
        return [sys.executable, "-m", "nnprune.demo", "--data", str(few_digits), *SMALL[2:], "--seeds", "2",
                "--methods", "magnitude", "lobs-shared", "lobs-exact", "--out", str(tmp_path / out)]

    begin = time.perf_counter()
    subprocess.run(command("whole"), check=True, capture_output=True)
    whole = time.perf_counter() - begin
    kills = 0
    for moment in np.random.default_rng(0).uniform(0.2, 0.9, size=10 if NIGHTLY else 2) * whole:
        process = subprocess.Popen(command("broken"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moment)
        process.kill()
        kills += process.wait() != 0
    assert kills
    subprocess.run(command("broken"), check=True, capture_output=True)
    one, other = (json.loads((tmp_path / out / "results.json").read_text())["results"] for out in ("whole", "broken"))
    for row in one + other:
        del row["seconds"]
    assert one == other
    nets = [(tmp_path / out / "dense.npz").read_bytes() for out in ("whole", "broken")]
    assert nets[0] == nets[1]
    assert not list((tmp_path / "broken").glob(".*"))


def test_within_a_point_stops_at_the_first_fall():
    curves = {"dense": {0.0: (98.0, 0, 1)}, "a": {0.5: (97.5, 0, 1), 0.6: (96.0, 0, 1), 0.7: (97.9, 0, 1)},
              "b": {0.5: (90.0, 0, 1)}}
    assert within_a_point(curves) == {"a": 0.5, "b": None}


def test_progress_in_a_log_and_on_a_terminal():
    log, terminal = io.StringIO(), io.StringIO()
    p = Progress("work", log, every=0)
    p(1, 2, "so far so good")
    assert log.getvalue() == "work: 50 % (1 of 2), 0 s, about 0 s left, so far so good\n"
    terminal.isatty = lambda: True
    p = Progress("work", terminal, every=0)
    p(1, 2)
    p.close()
    assert terminal.getvalue().startswith("\rwork: 50 %")
    assert terminal.getvalue().endswith("\r")
    assert "\n" not in terminal.getvalue()
    silent = Progress("work", log, every=1000)
    silent(1, 2)
    assert log.getvalue().count("\n") == 1
