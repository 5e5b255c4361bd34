"""What went wrong for new users of 0.1.0, each with its smallest input and the right value: an index, one test a line.

Most have a room of their own, where their neighbours are tested: the test named beside each. Here stands the case as it
was met, so that none of them can come back by another way.
"""

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import nnprune
from nnprune import MLP, NNPruneWarning, prune_lobs, prune_magnitude, prune_obs, train

ROOT = Path(nnprune.__file__).parents[1]


def rng():
    return np.random.default_rng(0)


def layer(c=1.0):
    """Two inputs that are nearly alike, in units c times as small, and the net that adds them."""
    x = rng().normal(size=(400, 1))
    x = np.hstack([x, x + 0.05 * np.random.default_rng(1).normal(size=(400, 1))])
    return MLP.from_arrays([[[1 / c, 1 / c]]], [[0.0]], loss="mse"), x * c, x @ [1.0, 1.0]


@pytest.fixture(scope="module")
def trained():
    """A net of 6-8-3 at 97 % or more, x and y."""
    x = rng().normal(size=(300, 6))
    y = (x[:, 0] > 0).astype(int) + (x[:, 1] > 0.5)
    net = MLP((6, 8, 3), activation="tanh", rng=0)
    train(net, x, y, epochs=60, batch_size=20, rng=0)
    return net, x, y


# ---- damping and units (tests/pruning/test_units.py)

@pytest.mark.parametrize("c", [1, 0.1, 0.01])
def test_the_survivor_of_two_inputs_alike_is_near_2_in_every_unit(c):
    net, x, y = layer(c)
    best = [1 + x[:, 0] @ x[:, 1] / (a @ a) for a in x.T]
    for r in (prune_obs(net, x, y, n_remove=1, refresh=None), prune_lobs(net, x, sparsity=0.5)):
        (k,) = np.flatnonzero(r.net.weights[0])
        assert r.net.weights[0][0, k] * c == pytest.approx(best[k], rel=1e-2)


def test_inputs_in_other_units_cost_no_accuracy(trained):
    net, x, y = trained
    one_column = np.where(np.arange(6) == 2, 1e4, 1.0)
    for s in (np.full(6, 0.01), one_column):
        other = MLP.from_arrays([net.weights[0] / s, net.weights[1]], net.biases, activation="tanh")
        for prune in (lambda n, x: prune_obs(n, x, y, sparsity=0.5, refresh=None).net,
                      lambda n, x: prune_lobs(n, x, sparsity=0.5).net):
            assert prune(other, x * s).accuracy(x * s, y) == pytest.approx(prune(net, x).accuracy(x, y), abs=0.005)


def test_digits_lost_to_near_singular_h_are_told_and_rises_are_sums_in_float64():
    net, x, y = layer()
    x[:, 1] = x[:, 0] * (1 + 1e-7 * rng().normal(size=400))
    for prune in (lambda: prune_lobs(net, x, sparsity=0.5, damping=0),
                  lambda: prune_obs(net, x, y, n_remove=1, damping=0, refresh=None)):
        with pytest.warns(NNPruneWarning, match=r"digits are right"):
            prune()
    net, x, y = layer()
    x = x.astype(np.float32)
    wide, single = (prune_obs(net, a, y, n_remove=1).measured_rise for a in (x.astype(float), x))
    assert single == pytest.approx(wide, rel=1e-6)


def test_stages_on_a_net_beyond_the_first_say_what_is_gone_and_y_is_looked_at_first(trained):
    """`prune_handover` is `run_stages` (tests/pruning/schedules/test_stages.py)."""
    from nnprune.pruning.schedules import lobs, obs
    net, x, y = trained
    with pytest.raises(ValueError, match=r"stage 1 .*0\.8.* of the net is gone before the plan begins"):
        nnprune.run_stages(prune_magnitude(net, sparsity=0.8).net, x, y, [lobs(to=0.5), obs(to=0.9)])
    for wrong in (None, "abc", np.full(300, np.nan)):
        with pytest.raises(ValueError, match=r"\by\b"):
            nnprune.run_stages(net, x, wrong, [lobs(to=0.5)])


# ---- targets and losses (tests/nn/test_training_targets.py, tests/nn/test_binary.py)

def test_every_form_of_y_is_validated_alike(trained):
    _, x, y = trained
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    forms = [y, list(y), pandas.Series(y, index=rng().permutation(300)), pandas.Series(y)[::-1][::-1], np.eye(3)[y]]
    runs = [train(MLP((6, 8, 3), rng=0), x, form, epochs=2, validation=0.2)[-1].validation_accuracy for form in forms]
    assert len(set(runs)) == 1
    regression = MLP((6, 2), loss="mse", rng=0)
    assert train(regression, x, x[:, :2] * 3, epochs=2, validation=0.2)[-1].validation_loss > 0


def test_one_output_is_no_softmax_and_a_binary_classifier_predicts_the_same():
    with pytest.raises(ValueError, match="binary_cross_entropy"):
        MLP((6, 4, 1))
    neural = pytest.importorskip("sklearn.neural_network", reason="scikit-learn is not installed")
    x = rng().normal(size=(400, 5))
    y = (x[:, 0] * x[:, 1] > 0).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        m = neural.MLPClassifier((8,), max_iter=20, random_state=0).fit(x, y)
    net = MLP.from_arrays([C.T for C in m.coefs_], m.intercepts_, loss="binary_cross_entropy")
    np.testing.assert_array_equal(net.predict(x), m.predict(x))
    with pytest.raises(ValueError, match=r"^(?!.*2 outputs)"):
        net.loss(x, y + 1)


def test_pixels_to_255_and_a_loss_that_explodes_get_a_word():
    x, y = rng().uniform(size=(200, 20)), np.arange(200) % 10
    with pytest.warns(NNPruneWarning, match="divide them by 255"):
        train(MLP((20, 10, 10), activation="tanh", rng=0), np.rint(255 * x), y, epochs=1, learning_rate=1e-3)
    with pytest.warns(NNPruneWarning, match="the loss grew"):
        train(MLP((20, 10), rng=0), x, y, epochs=2, learning_rate=1e6)


def test_a_saturated_net_and_a_dead_net_get_the_right_word():
    x, y = rng().normal(size=(60, 3)), np.arange(60) % 2
    net = MLP((3, 6, 1), activation="tanh", loss="mse", rng=0)
    net.set_parameters(net.parameters() * 30)
    few = rng().normal(size=(50, 3))
    with pytest.warns(NNPruneWarning, match=r"a rise of \S+ was predicted, but \S+ is measured"):
        prune_obs(net, few, net.forward(few)[:, 0], sparsity=[0.3, 0.6, 0.9], refresh=None, damping=1e-8)
    dead = MLP.from_arrays([-np.ones((4, 3)), np.ones((2, 4))], [np.full(4, -1e6), np.zeros(2)])
    with pytest.warns(NNPruneWarning, match="all units of hidden layer 1 are 0"):
        r = prune_obs(dead, x, y, sparsity=0.5)
    assert len(r.removed) == 10


# ---- masks (tests/nn/test_masks.py)

def test_masks_that_are_set_are_in_force(tmp_path):
    m = MLP((4, 5, 3), rng=0)
    with pytest.raises(AttributeError, match="net.set_masks"):
        m.masks = [np.abs(W) > 0.2 for W in m.weights]
    masks = [np.abs(W) > 0.2 for W in m.weights]
    m.set_masks([mask.astype(int) for mask in masks])
    x, y = rng().normal(size=(30, 4)), np.arange(30) % 3
    assert not any(W[~mask].any() for W, mask in zip(m.weights, masks))
    train(m, x, y, epochs=2)
    m.save(tmp_path / "net.npz")
    np.testing.assert_array_equal(MLP.load(tmp_path / "net.npz").forward(x), m.forward(x))
    with pytest.raises(ValueError, match=r"masks\[0\] has the shape \(4, 5\), but \(5, 4\) is needed"):
        m.set_masks([mask.T for mask in masks])
    m.weights[0][0, 0] = np.nan
    with pytest.raises(ValueError, match=r"net.weights\[0\] holds nan"):
        m.save(tmp_path / "net.npz")


def test_a_mask_and_weights_of_0_are_one_net_and_torch_s_zeros_stay():
    m, x, y = MLP((4, 5, 3), rng=0), rng().normal(size=(30, 4)), np.arange(30) % 3
    masks = [np.abs(W) > 0.2 for W in m.weights]
    zeros = MLP.from_arrays([W * mask for W, mask in zip(m.weights, masks)], m.biases, masks="zeros")
    m.set_masks(masks)
    assert zeros.sparsity == m.sparsity > 0
    for prune in (lambda n: prune_lobs(n, x, sparsity=0.7), lambda n: nnprune.prune_snip(n, x, y, sparsity=0.7)):
        np.testing.assert_array_equal(prune(m).net.parameters(), prune(zeros).net.parameters())
    train(zeros, x, y, epochs=1)
    assert zeros.sparsity == m.sparsity


@pytest.mark.parametrize(("prune", "sizes"), [
    (prune_magnitude, (784, 100, 50, 10)), (nnprune.prune_random, (784, 100, 50, 10)),
    (lambda net, sparsity: prune_lobs(net, np.eye(78), sparsity=sparsity), (78, 10, 5, 10))])
def test_a_layer_without_any_weight_is_told(prune, sizes):
    with pytest.warns(NNPruneWarning, match="layer .* without any weight at sparsity"):
        prune(MLP(sizes, rng=0), sparsity=0.9999)


def test_a_net_s_own_sparsity_can_be_fed_back_layer_by_layer():
    """400 tiny nets, of which 40 failed: tests/pruning/test_units.py."""
    once = prune_magnitude(MLP((3, 2, 1), loss="mse", rng=0), sparsity=0.4, scope="layer").net
    assert len(prune_magnitude(once, sparsity=once.sparsity, scope="layer").removed) == 0


# ---- arrays (tests/nn/test_odd_arrays.py, tests/test_odd_input.py)

def test_masked_arrays_are_refused_by_name(trained):
    net, x, y = trained
    x, y = np.ma.masked_array(x, x > 2, fill_value=-9999), np.ma.masked_array(y, y == 2)
    with pytest.raises(ValueError, match=r"x is a NumPy masked array, .* x\.filled\(value\)"):
        prune_lobs(net, x, sparsity=0.5)
    with pytest.raises(ValueError, match="y is a NumPy masked array"):
        prune_obs(net, x.data, y, sparsity=0.5)


def test_odd_arrays_get_our_message_with_the_remedy(trained):
    net, x, _ = trained
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    frame = pandas.DataFrame(x)
    frame[1] = frame[1] > 0
    nullable = pandas.DataFrame(x).astype("Float64")
    nullable.loc[0, 0] = pandas.NA
    for wrong, message in [(frame, r"x\.to_numpy\(dtype=float\)"), (nullable, r"x\.to_numpy\(dtype=float\)"),
                           ([[1.0, 2], [3]], "x is no array, .* same length"),
                           (np.full((2, 6), np.longdouble("1e400")), r"x holds (1e\+400|inf)")]:
        with pytest.raises(ValueError, match=message):
            net.forward(wrong)

    class Keras:
        def get_weights(self):
            """As a model of Keras has it."""
    for arrays, message in [({"0.weight": x}, "of a state_dict of torch"), (Keras(), "it is a Keras; .*MLP"),
                            ([np.ones((3, 4)), np.ones(4), np.ones((4, 2)), np.ones(2)], r"w\[0::2\]")]:
        with pytest.raises(ValueError, match=message):
            MLP.from_arrays(arrays)
    with pytest.raises(ValueError, match=r"it is a Keras; .*MLP\.from_arrays"):
        prune_magnitude(Keras(), sparsity=0.5)
    with pytest.raises(ValueError, match=r"activation \['relu'\] is unknown; known are: 'relu'"):
        MLP((3, 2), activation=["relu"])


def test_percents_and_bytes_of_pixels_get_a_word(trained):
    with pytest.raises(ValueError, match=r"did you mean 0\.95, 95 %\?"):
        prune_magnitude(trained[0], sparsity=95)
    pixels = rng().integers(0, 256, (300, 6), dtype=np.uint8)
    with pytest.warns(NNPruneWarning, match="as pixels do"):
        train(MLP((6, 8, 3), activation="tanh", rng=0), pixels, trained[2], epochs=1, learning_rate=1e-3)


# ---- the laws on right code (tests/laws/test_right_code.py)

def test_right_code_in_float32_and_with_another_damping_is_not_accused():
    from nnprune.laws import KINDS, check

    def saliency(w, Hinv):
        w = w.astype(np.float32)
        return w * w / (2 * np.diag(Hinv).astype(np.float32))

    def downdate(Hinv, q):
        Hinv = Hinv.astype(np.float32)
        rest = np.delete(np.arange(len(Hinv)), q)
        return (Hinv - np.outer(Hinv[q], Hinv[q]) / Hinv[q, q])[np.ix_(rest, rest)]

    def obc(W, X, n_remove):
        from nnprune.pruning.reference import lobs_layer
        H = X.T @ X / len(X)
        slow, mask = lobs_layer(W, H + 0.01 * H.diagonal().mean() * np.eye(len(H)), n_remove), np.ones(W.shape, bool)
        mask[slow.removed[:, 0], slow.removed[:, 1]] = False
        return mask, slow.new

    assert check(saliency, "saliency", examples=20).passed
    assert check(downdate, "downdate", examples=20).passed
    assert check(obc, "layer_pruner", method="obs", damping=0.01, examples=10).passed
    assert "unit_pruner" in KINDS  # equal counts a row, as Wanda's


# ---- exercises that accept wrong answers: tests/exercises/test_wrong_answers.py

def test_in_tutorials_the_exercises_are_checked_and_not_the_lessons():
    done = subprocess.run([sys.executable, "-m", "nnprune.exercises", "07", "--examples", "1"], capture_output=True,
                          text=True, check=False, cwd=ROOT / "tutorials", env={"PYTHONPATH": str(ROOT)})
    assert done.stdout.startswith("exercises")
    assert "does not end" not in done.stdout + done.stderr


# ---- files, streams, environments (tests/datasets/test_datasets.py, tests/test_command.py)

def test_the_programs_end_well_with_any_backend_and_without_streams(tmp_path):
    lesson = ("import nnprune.lesson as lesson\nfig, _ = lesson.plt().subplots()\n" if hasattr(nnprune.lesson, "plt")
              else "import matplotlib.pyplot as plt\nfrom nnprune import lesson\nfig, _ = plt.subplots()\n")
    assert lesson
