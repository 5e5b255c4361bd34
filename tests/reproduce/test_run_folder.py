"""A run's folder: steps are done once, other runs are refused, nothing of anyone's is overwritten."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnprune
from nnprune.reproduce.run_folder import RunFolder


def never():
    raise AssertionError("this step was done already")


def test_what_a_step_returned_comes_back_without_running_it(tmp_path):
    value = {"accuracy": 0.1 + 0.2, "rows": [1, 2.5, "three", None, True]}
    assert RunFolder(tmp_path, "p", {}).step("a step", lambda: value) == value
    again = RunFolder(tmp_path, "p", {})
    assert again.n_found == 1
    assert again.has("a step")
    assert not again.has("another")
    assert again.step("a step", never) == value
    assert again.seconds["a step"] >= 0


@given(st.floats(allow_nan=False))
def test_floats_come_back_bit_for_bit(tmp_path_factory, x):
    folder = tmp_path_factory.mktemp("floats")
    RunFolder(folder, "p", {}).step("x", lambda: x)
    assert np.float64(RunFolder(folder, "p", {}).step("x", never)).tobytes() == np.float64(x).tobytes()


def test_the_first_time_gives_what_the_second_gives(tmp_path):
    folder = RunFolder(tmp_path, "p", {})
    assert folder.step("a", lambda: (1, 2)) == [1, 2]  # not the tuple: JSON has none


def test_a_net_comes_back_bit_for_bit(tmp_path):
    net = nnprune.prune_random(nnprune.MLP((5, 4, 3), rng=0), sparsity=0.5).net
    first = RunFolder(tmp_path, "p", {}).net("dense", lambda: net)
    second = RunFolder(tmp_path, "p", {}).net("dense", never)
    for loaded in (first, second):
        assert np.array_equal(loaded.parameters(), net.parameters())
        assert all(np.array_equal(a, b) for a, b in zip(loaded.masks, net.masks))


def test_a_step_that_fails_leaves_nothing(tmp_path):
    folder = RunFolder(tmp_path, "p", {})
    with pytest.raises(ZeroDivisionError):
        folder.step("a", lambda: 1 / 0)
    assert not folder.has("a")
    assert RunFolder(tmp_path, "p", {}).step("a", lambda: 1) == 1


@pytest.mark.parametrize("lost", ["dense.json", "dense.npz"])
def test_a_net_without_its_record_or_a_record_without_its_net_is_made_anew(tmp_path, lost):
    """As when the process is killed between the two files of a net's step."""
    folder = RunFolder(tmp_path, "p", {})
    folder.net("dense", lambda: nnprune.MLP((2, 2), rng=0))
    (tmp_path / "steps" / lost).unlink()
    net = RunFolder(tmp_path, "p", {}).net("dense", lambda: nnprune.MLP((2, 2), rng=1))
    assert np.array_equal(net.parameters(), nnprune.MLP((2, 2), rng=1).parameters())


def test_nothing_is_written_before_the_first_step(tmp_path):
    RunFolder(tmp_path / "new", "p", {})
    assert not (tmp_path / "new").exists()


def test_a_finished_folder_says_when_and_keeps_no_steps(tmp_path):
    folder = RunFolder(tmp_path, "p", {"seed": 0})
    folder.step("a", lambda: 1)
    (tmp_path / ".results.json.x7.tmp").write_text("what kill -9 left of a file")
    folder.finish()
    assert RunFolder(tmp_path, "p", {"seed": 0}).finished.startswith("20")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run.json"]


def test_a_first_file_that_was_cut_off_does_not_make_the_folder_foreign(tmp_path):
    (tmp_path / ".run.json.x7.tmp").write_text('{"progr')
    assert RunFolder(tmp_path, "p", {}).step("a", lambda: 1) == 1


@pytest.mark.parametrize("finish", [False, True])
@pytest.mark.parametrize(("program", "settings", "message"), [
    ("p", {"epochs": 3, "hidden": [4]}, "epochs = 2, where this one has 3"),
    ("p", {"epochs": 2, "hidden": [4], "seeds": 5}, "seeds = null, where this one has 5"),
    ("q", {"epochs": 2, "hidden": [4]}, "of p, not of q"),
])
def test_another_run_is_refused_and_the_remedy_works(tmp_path, program, settings, message, finish):
    folder = RunFolder(tmp_path, "p", {"epochs": 2, "hidden": (4,)})
    folder.step("a", lambda: 1)
    if finish:
        folder.finish()
    with pytest.raises(ValueError, match="Results are not mixed") as error:
        RunFolder(tmp_path, program, settings)
    assert message in str(error.value)
    assert ("an unfinished" in str(error.value)) != finish
    assert RunFolder(tmp_path, "p", {"epochs": 2, "hidden": (4,)}).finished is not None or not finish
    assert RunFolder(tmp_path, program, settings, fresh=True).step("a", lambda: 2) == 2
    assert RunFolder(tmp_path, program, settings).n_found == 1


def test_files_of_others_are_refused_and_stay_even_with_fresh(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    for fresh in (False, True):
        with pytest.raises(ValueError, match="not from a run of ours"):
            RunFolder(tmp_path, "p", {}, fresh=fresh)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("text", ["", "{", "[]", '{"program": "p"}', "null", "\x00\x01", '{"my": "own"}'])
def test_a_record_that_is_damaged_or_not_ours_is_refused_and_stays(tmp_path, text, fresh):
    (tmp_path / "run.json").write_text(text)
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "mine.txt").write_text("mine")
    with pytest.raises(ValueError, match=r"run\.json is damaged or not ours.*--out"):
        RunFolder(tmp_path, "p", {}, fresh=fresh)
    assert (tmp_path / "run.json").read_text() == text
    assert (tmp_path / "steps" / "mine.txt").exists()


def test_fresh_throws_nothing_away_before_the_first_step(tmp_path):
    folder = RunFolder(tmp_path, "p", {})
    folder.step("a", lambda: 1)
    fresh = RunFolder(tmp_path, "p", {}, fresh=True)
    assert fresh.n_found == 0
    assert not fresh.has("a")
    assert RunFolder(tmp_path, "p", {}).step("a", never) == 1
    assert fresh.step("a", lambda: 2) == 2
    assert RunFolder(tmp_path, "p", {}).step("a", never) == 2


def test_another_process_in_the_folder_is_refused(tmp_path):
    code = ("import sys, time; from nnprune.reproduce.run_folder import RunFolder\n"
            f"RunFolder({str(tmp_path)!r}, 'p', {{}}).step('a', lambda: print('begun', flush=True) or time.sleep(60))")
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "begun\n"
        with pytest.raises(ValueError, match="another process is at work in"):
            RunFolder(tmp_path, "p", {}).step("b", lambda: 1)
    finally:
        process.kill()
        process.communicate()
    assert RunFolder(tmp_path, "p", {}).step("a", lambda: 1) == 1  # the lock is gone with its process


def test_a_finished_run_can_be_done_again(tmp_path):
    folder = RunFolder(tmp_path, "p", {})
    folder.step("a", lambda: 1)
    folder.finish()
    again = RunFolder(tmp_path, "p", {})
    again.redo()
    again.step("a", lambda: 1)
    assert RunFolder(tmp_path, "p", {}).finished is None


def test_a_damaged_net_names_the_file_and_the_remedy(tmp_path):
    RunFolder(tmp_path, "p", {}).net("dense", lambda: nnprune.MLP((2, 2), rng=0))
    file = tmp_path / "steps" / "dense.npz"
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(ValueError, match=r"dense\.npz: .*delete this file"):
        RunFolder(tmp_path, "p", {}).net("dense", never)


@pytest.mark.parametrize("text", ["", '{"value": 1', '{"value": 1}'])
def test_a_damaged_step_is_refused(tmp_path, text):
    RunFolder(tmp_path, "p", {}).step("a", lambda: 1)
    (tmp_path / "steps" / "a.json").write_text(text)
    with pytest.raises(ValueError, match=r"a\.json is damaged"):
        RunFolder(tmp_path, "p", {}).step("a", never)


def test_two_steps_of_one_file_name_are_an_error(tmp_path):
    folder = RunFolder(tmp_path, "p", {})
    folder.step("seed 0, a", lambda: 1)
    with pytest.raises(ValueError, match="would share"):
        folder.step("seed 0; a", lambda: 2)


def test_a_file_in_the_place_of_the_folder_is_an_error(tmp_path):
    (tmp_path / "file").write_text("mine")
    for path in (tmp_path / "file", tmp_path / "file" / "x", ""):
        with pytest.raises(OSError, match="must be a folder"):
            RunFolder(path, "p", {})
    assert (tmp_path / "file").read_text() == "mine"


def test_the_record_is_what_anyone_can_read(tmp_path):
    RunFolder(tmp_path, "nnprune.demo", {"seed": 0}).step("a", lambda: 1)
    assert json.loads((tmp_path / "run.json").read_text()) == {"program": "nnprune.demo", "settings": {"seed": 0},
                                                               "finished": None}


def test_its_sha256_is_that_of_an_unbroken_run_and_tells_the_last_bit(tmp_path):
    def run(path, value, weight):
        folder = RunFolder(tmp_path / path, "test", {})
        folder.step("a", lambda: {"x": value})
        net = nnprune.MLP.from_arrays([[[1.0, weight]]], loss="mse")
        folder.net("b", lambda: net)
        return folder

    whole = run("whole", 0.1, 2.0)
    begun = RunFolder(tmp_path / "broken", "test", {})
    begun.step("a", lambda: {"x": 0.1})
    begun.close()  # as the system does when the process is killed
    assert run("broken", 0.1, 2.0).sha256 == whole.sha256
    assert run("other figure", np.nextafter(0.1, 1), 2.0).sha256 != whole.sha256
    assert run("other weight", 0.1, np.nextafter(2.0, 3)).sha256 != whole.sha256


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the child may count what its parent had")
def test_the_peak_is_that_of_this_process():
    """A small process started by a large one is small."""
    ballast = np.ones(60_000_000)  # 480 MB, resident
    code = "from nnprune.reproduce.provenance import peak_memory_mb; print(peak_memory_mb())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 10 < float(done.stdout) < ballast.nbytes / 2**20
