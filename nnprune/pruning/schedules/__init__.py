"""The methods in rounds, and combined.

In reading order:

    iterative    prune, retrain, repeat: one loop, in equal steps, geometric or cubic
    lottery      back to the first weights with the masks of the last: the lottery ticket
    stages       combinations: a list of stages, ``[lobs(to=0.95), retrain(epochs=2)]``, which ``run_stages`` runs
"""

from .iterative import prune_iteratively as prune_iteratively
from .lottery import rewind as rewind
from .stages import Plan as Plan
from .stages import Stage as Stage
from .stages import StageReport as StageReport
from .stages import StagesResult as StagesResult
from .stages import lobs as lobs
from .stages import magnitude as magnitude
from .stages import obd as obd
from .stages import obs as obs
from .stages import retrain as retrain
from .stages import run_stages as run_stages
from .stages import stage as stage

__all__ = ["Plan", "Stage", "StageReport", "StagesResult", "lobs", "magnitude", "obd", "obs", "prune_iteratively",
           "retrain", "rewind", "run_stages", "stage"]
