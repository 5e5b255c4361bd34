"""How the settings of ``python -m nnprune.reproduce one-shot`` were chosen: python benchmarks/one_shot_choices.py

One 784-40-20-10 net without biases is trained on 50,000 of MNIST's training images (seed 0) for as many steps as the
experiment's; the accuracies are those on the 10,000 images kept apart. The test images are not read. Every line is
the experiment's own method with one setting changed; it takes about 20 minutes on one core.
"""

import argparse
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np

import nnprune
from nnprune._util.progress import Progress
from nnprune.reproduce.one_shot.run import METHODS, SETTINGS, TRAINED, scaled

APART = 10_000
CHANGES = [
    ("magnitude", {}), ("obd", {}),
    *(("lobs-pruned", {"calibration": n, "damping": d}) for n, d in ((10_000, 1e-4), (10_000, 1e-2), (50_000, 1e-4))),
    *(("lobs-pruned", {"two_stage": {"at": at, "samples": n, "refresh": r, "damping": d}})
      for at, n, r, d in ((0.95, 1000, 50, 0.03), (0.95, 1000, 100, 0.3), (0.9, 500, 250, 0.1))),
    *(("obs-factored", {"factored": {"samples": n, "refresh": r, "damping": d}})
      for n, r, d in ((300, 500, 0.1), (300, 1000, 0.1), (300, 2000, 0.1), (300, 2000, 1.0), (300, None, 0.1),
                      (100, 500, 0.1), (600, 1000, 0.1), (300, 500, 0.03))),
    *((TRAINED, {"labels": {**SETTINGS["labels"], **change}})
      for change in ({}, {"weight_decay": 1e-3}, {"images": 10_000})),
]


def kept_apart(data):
    """The training images in two parts, the second instead of the test images."""
    order = np.random.default_rng(0).permutation(len(data.x_train))
    rest, apart = order[APART:], order[:APART]
    return replace(data, x_train=data.x_train[rest], y_train=data.y_train[rest],
                   x_test=data.x_train[apart], y_test=data.y_train[apart])


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="lines of this method: " + ", ".join(METHODS))
    arguments = parser.parse_args()
    data = kept_apart(scaled(nnprune.load_mnist()))
    net = nnprune.MLP((784, 40, 20, 10), biases=False, rng=0)
    nnprune.train(net, data.x_train, data.y_train, epochs=6, learning_rate=0.05, momentum=0.0, rng=0)
    print(f"dense {100 * net.accuracy(data.x_test, data.y_test):.2f} %; sparsities {SETTINGS['sparsities']}")
    for method, change in CHANGES:
        if arguments.only in (None, method):
            begin = time.process_time()
            results = METHODS[method](net, data, SimpleNamespace(**{**SETTINGS, **change}), Progress(method))
            seconds = time.process_time() - begin
            for row, of in results.items():
                accuracies = " ".join(f"{100 * r.net.accuracy(data.x_test, data.y_test):5.2f}" for r in of if r)
                print(f"{row:12s} {accuracies}  {seconds:5.1f} s of processor  {change}", flush=True)


if __name__ == "__main__":
    main()
