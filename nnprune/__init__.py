"""nnprune: learn to prune a neural network, in readable and tested NumPy."""

from .analysis.certificate import Certificate, certify, check_certificate
from .analysis.resources import resource_report
from .datasets.digits import make_digits
from .datasets.mnist import Dataset, load_mnist
from .datasets.monks import make_monks, make_xor
from .nn.compaction import compact, drop_dead, train_compact
from .nn.mlp import MLP
from .nn.sgd import train
from .pruning.lobs import prune_lobs
from .pruning.magnitude import prune_magnitude, prune_random
from .pruning.obd import prune_obd
from .pruning.obs import prune_obs
from .pruning.obs_factored import prune_obs_factored
from .pruning.result import PruneResult
from .pruning.schedules.iterative import prune_iteratively
from .pruning.schedules.lottery import rewind
from .pruning.schedules.stage_run import run_stages
from .pruning.snip import prune_snip

__version__ = "0.1.0"

__all__ = ["MLP", "Certificate", "Dataset", "PruneResult", "certify", "check_certificate", "compact", "drop_dead",
           "load_mnist", "make_digits", "make_monks", "make_xor", "prune_iteratively",
           "prune_lobs", "prune_magnitude", "prune_obd", "prune_obs", "prune_obs_factored",
           "prune_random", "prune_snip", "resource_report", "rewind", "run_stages", "train", "train_compact"]
