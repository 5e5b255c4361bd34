"""Solutions to the exercises of lesson 13. Try for yourself first: the hints lead there, and so does the checker."""

import numpy as np


def patches(x, k):
    """The patch at each place, laid out."""
    down, across = x.shape[1] - k + 1, x.shape[2] - k + 1
    return np.array([x[:, i:i + k, j:j + k].ravel() for i in range(down) for j in range(across)])


def convolution(x, K):
    """Z = A W', with the kernels to the front."""
    k = K.shape[-1]
    Z = patches(x, k) @ K.reshape(len(K), -1).T  # (places, c k k) (c k k, n_out)
    return Z.T.reshape(len(K), x.shape[1] - k + 1, x.shape[2] - k + 1)


def add_rows(H, n, A):
    """The sum over all rows, divided by their number."""
    return (n * H + A.T @ A) / (n + len(A)), n + len(A)


def fold_norm(W, b, mean, std):
    """(x W' + b - mean) / std = x (W / std)' + (b - mean) / std."""
    return W / std[:, None], (b - mean) / std


# On your own: answers
#
# 1. `nnprune.prune_layer(V, h, bias=c, pattern='2:4')` against sparsity=0.5. Four consecutive inputs are four
#    neighbouring places of one kernel's output, in a row of its picture.
# 2. Head first: it is fitted to the dense convolution's outputs, and nothing compensates the convolution's change
#    afterwards. Convolution first: the head sees the change and can compensate. Measure both.
# 3. `nnprune.prune_layer(V, head_inputs(A, W, b), bias=c, sparsity=0.9)`, and its accuracy behind conv.W, conv.bias;
#    the difference to `accuracy(*pruned)` is the answer.
