"""nnprune: learn to prune a neural network, in readable and tested NumPy."""

from .certificate import Certificate, certify, check_certificate
from .compact import compact, drop_dead
from .datasets import Dataset, load_mnist
from .digits import make_digits
from .gradual import prune_gradually, train_compact
from .handover import prune_handover
from .ledger import report
from .lobs import prune_lobs
from .lottery import rewind
from .magnitude import prune_magnitude, prune_random
from .mlp import MLP
from .monks import make_monks, make_xor
from .obd import prune_obd
from .obs import prune_obs
from .obs_factored import prune_obs_factored
from .result import PruneResult
from .schedule import prune_and_retrain
from .sgd import train
from .snip import prune_snip
from .stage_run import run_stages
from .tempered import prune_tempered

__version__ = "0.1.0"

__all__ = ["MLP", "Certificate", "Dataset", "PruneResult", "certify", "check_certificate", "compact", "drop_dead",
           "load_mnist", "make_digits", "make_monks", "make_xor", "prune_and_retrain", "prune_gradually",
           "prune_handover", "prune_lobs", "prune_magnitude", "prune_obd", "prune_obs", "prune_obs_factored",
           "prune_random", "prune_snip", "prune_tempered", "report", "rewind", "run_stages", "train", "train_compact"]
