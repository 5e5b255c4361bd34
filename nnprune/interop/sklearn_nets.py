"""scikit-learn: a fitted ``MLPClassifier`` or ``MLPRegressor`` as an MLP, and back.

    estimator                             MLP
    coefs_[l], of shape (n_in, n_out)     weights[l], the transpose
    intercepts_[l]                        biases[l]; a net without biases gets zeros on the way out
    activation "logistic"                 "sigmoid"; the others have the same names
    out_activation_ "softmax"             loss "cross_entropy"
    out_activation_ "logistic", 1 output  loss "binary_cross_entropy"
    out_activation_ "identity"            loss "mse"
    classes_[i]                           class i: predictions of an MLP are indices into classes_

scikit-learn gives two classes one output z, and decides at 0. A net with two outputs and the softmax says the same with
z = z_1 - z_0 (see ``nn.losses``), so on the way out row 0 of the last layer is taken from row 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .._util.checks import is_net, needed_package
from ..nn.mlp import MLP

LOSSES_OF = {"softmax": "cross_entropy", "logistic": "binary_cross_entropy", "identity": "mse"}


def from_sklearn(estimator: Any) -> MLP:
    """An MLP that computes what a fitted estimator of scikit-learn computes; the estimator stays as it is.

    Parameters
    ----------
    estimator : sklearn.neural_network.MLPClassifier or MLPRegressor
        For two classes or more (not several labels a sample), or for numbers with the squared error.

    Returns
    -------
    MLP
        Float64. Its predictions are indices: ``estimator.classes_[net.predict(x)]``. An estimator has no masks: if it
        was pruned, ``net.set_masks("zeros")`` says so.

    Raises
    ------
    ImportError
        If scikit-learn is not installed.
    ValueError
        If it is another estimator, is not fitted, or ends in what an MLP does not have; the message has the remedy.

    Examples
    --------
    An estimator comes in, is pruned, and goes back:

        model = MLPClassifier((30,)).fit(x, y)
        net = nnprune.interop.from_sklearn(model)
        pruned = nnprune.prune_lobs(net, x, sparsity=0.9).net
        model = nnprune.interop.to_sklearn(pruned, classes=model.classes_)
    """
    sklearn = needed_package("sklearn.neural_network", "from_sklearn")
    name = type(estimator).__name__
    if not isinstance(estimator, (sklearn.MLPClassifier, sklearn.MLPRegressor)):
        hint = {"steps": ": take its last step, estimator[-1], and for x what the steps before it make of it, "
                         "estimator[:-1].transform(x)", "estimator": ": take its best_estimator_"}
        raise ValueError(f"estimator must be an MLPClassifier or an MLPRegressor, but it is a {name}"
                         + next((text for mark, text in hint.items() if hasattr(estimator, mark)), ""))
    if not hasattr(estimator, "coefs_"):
        raise ValueError(f"the {name} is not fitted: estimator.fit(x, y) first")
    out, n_out = estimator.out_activation_, estimator.n_outputs_
    if out not in LOSSES_OF or (out == "logistic" and (n_out > 1 or len(estimator.classes_) != 2)):
        raise ValueError(f"the {name} ends in {n_out} output(s) with the activation {out!r}, which no MLP has: "
                         + ("fit one estimator for each of the labels of a sample" if out == "logistic" else
                            "fit one with loss='squared_error'"))
    loss: Any = LOSSES_OF[out]
    return MLP.from_arrays(estimator.coefs_, estimator.intercepts_, estimator.activation, loss=loss, layout="in_out")


def to_sklearn(net: MLP, *, classes: npt.ArrayLike | None = None, dtype: npt.DTypeLike = np.float64) -> Any:
    """A fitted estimator of scikit-learn that computes what the net computes.

    Parameters
    ----------
    net : MLP
    classes : array_like of shape (n_classes,), optional
        What class i is called, in rising order as scikit-learn keeps them; by default 0, 1, 2, ... Not for loss="mse".
    dtype : dtype
        float64 or float32: in what precision the estimator keeps its weights.

    Returns
    -------
    MLPClassifier or MLPRegressor
        The second one for loss="mse". For predicting and scoring. Pruned weights are 0 and stay so only until it is
        trained: ``partial_fit`` moves them, ``fit`` begins from new ones.

    Raises
    ------
    ImportError
        If scikit-learn is not installed.
    ValueError
        If ``net`` is no MLP, or ``classes`` are not as many as its classes, in rising order.
    """
    sklearn = needed_package("sklearn.neural_network", "to_sklearn")
    is_net(net)
    weights = list(net.weights)
    biases = [np.zeros(len(W)) if b is None else b for W, b in zip(weights, net.biases)]
    options = {"hidden_layer_sizes": net.sizes[1:-1], "random_state": 0,
               "activation": "logistic" if net.activation == "sigmoid" else net.activation}
    # One step of training on made-up samples makes all attributes of a fitted estimator, whatever its version has.
    if net.loss_name == "mse":
        if classes is not None:
            raise ValueError("classes are given, but a net with loss='mse' becomes a regressor, which has none")
        n = max(2, net.sizes[-1])
        estimator = sklearn.MLPRegressor(**options)
        y = np.zeros((n, net.sizes[-1])) if net.sizes[-1] > 1 else np.zeros(n)
        estimator.partial_fit(np.zeros((n, net.sizes[0])), y)
    else:
        names = _classes(classes, max(2, net.sizes[-1]))
        estimator = sklearn.MLPClassifier(**options)
        estimator.partial_fit(np.zeros((len(names), net.sizes[0])), names, classes=names)
        if net.sizes[-1] == 2:
            weights[-1], biases[-1] = np.diff(weights[-1], axis=0), np.diff(biases[-1])  # (2, n_in) -> (1, n_in)
    estimator.coefs_ = [np.array(W.T, dtype, order="C") for W in weights]  # (n_out, n_in) -> (n_in, n_out)
    estimator.intercepts_ = [np.array(b, dtype) for b in biases]
    return estimator


def _classes(classes: npt.ArrayLike | None, c: int) -> npt.NDArray[Any]:
    """The names of ``c`` classes, if they are as many, in rising order."""
    names = np.arange(c) if classes is None else np.asarray(classes)
    if names.shape != (c,):
        raise ValueError(f"classes has the shape {names.shape}, but the net has {c} classes: ({c},) is needed")
    if not np.array_equal(np.unique(names), names):
        raise ValueError(f"classes must be different and in rising order, as scikit-learn keeps them, but they are "
                         f"{names.tolist()}: sort them, and the rows of the net's last layer with them")
    return names
