"""scikit-learn's recursive feature elimination as a layer pruner, and its neural net's gradient."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.feature_selection import RFE
from sklearn.linear_model import LinearRegression
from sklearn.neural_network import MLPRegressor

import nnprune


def eliminate(W, X, n_remove):
    """RFE: drop the smallest coefficient, refit the others by least squares, again and again.

    All units at once are one regression with block-diagonal inputs, so that the ranking is over the whole layer.
    """
    n_out, d = W.shape
    blocks, z = np.kron(np.eye(n_out), X), (X @ W.T).T.ravel()  # (n_out n, n_out d), (n_out n,)
    rfe = RFE(LinearRegression(fit_intercept=False), n_features_to_select=n_out * d - n_remove, step=1)
    rfe.fit(blocks, z)
    new = np.zeros(n_out * d)
    new[rfe.support_] = rfe.estimator_.coef_
    return rfe.support_.reshape(W.shape), new.reshape(W.shape)


def regressor_gradient(net, x, y):
    """The gradient that MLPRegressor steps along, read off one full-batch SGD step without momentum or decay.

    It knows the squared error only; the cross-entropy is answered by our own gradient, so that its laws say nothing.
    """
    if net.loss_name != "mse":
        return net.gradient(x, y)
    rate, name = 1.0, {"sigmoid": "logistic"}.get(net.activation, net.activation)
    t = np.asarray(y) if np.ndim(y) == 2 else np.eye(net.sizes[-1])[y]
    model = MLPRegressor(hidden_layer_sizes=net.sizes[1:-1], activation=name, solver="sgd", alpha=0.0,
                         batch_size=len(x), momentum=0.0, nesterovs_momentum=False, learning_rate_init=rate)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that one step is not convergence
        model.partial_fit(np.zeros_like(x), np.zeros_like(t))  # makes the arrays, which are then filled with ours
        model.coefs_[:] = [W.T.copy() for W in net.weights]
        model.intercepts_[:] = [b.copy() for b in net.biases]
        model._optimizer.params = model.coefs_ + model.intercepts_
        model.partial_fit(np.asarray(x, float), t)
    after = nnprune.MLP.from_arrays([c.T for c in model.coefs_], model.intercepts_, net.activation, loss="mse")
    return (net.parameters() - after.parameters()) / rate


CANDIDATES = [
    ("scikit-learn", "RFE with LinearRegression", eliminate, "layer_pruner", "obs",
     "It refits, so the survivors are optimal; but it drops the smallest coefficient, as magnitude pruning does, "
     "not the weight whose removal costs least, so its choice depends on the unit in which an input is measured."),
    ("scikit-learn", "MLPRegressor's gradient (squared error; ours stands in for the cross-entropy)",
     regressor_gradient, "gradient", None, ""),
]
