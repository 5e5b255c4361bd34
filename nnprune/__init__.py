"""nnprune: learn to prune a neural network, in readable and tested NumPy."""

from .datasets import Dataset, load_mnist
from .digits import make_digits
from .lobs import prune_lobs
from .magnitude import prune_magnitude, prune_random
from .mlp import MLP
from .monks import make_monks, make_xor
from .result import PruneResult
from .schedule import prune_and_retrain
from .sgd import train

__version__ = "0.1.0"

__all__ = ["MLP", "Dataset", "PruneResult", "load_mnist", "make_digits", "make_monks", "make_xor",
           "prune_and_retrain", "prune_lobs", "prune_magnitude", "prune_random", "train"]
