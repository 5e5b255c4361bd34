"""The methods: which weights are removed, and how the others compensate.

In reading order, from the rankings that need no algebra to the one that this package makes fast:

    reference         the slow, obvious versions of Optimal Brain Surgeon: begin here
    magnitude         the smallest weights, and weights at random: the baseline
    snip              before training: the weights that the loss feels least
    obd               Optimal Brain Damage: the diagonal of the Hessian, no compensation
    obs               Optimal Brain Surgeon: the full inverse Hessian of the net
    obs_factored      the same where that matrix is too big to be formed
    lobs              layer-wise OBS (L-OBS): input validation, and the choice among the next three
    lobs_exact        each unit's own inverse, right at every removal; how it is made fast
    lobs_shared       one inverse a layer for all units: the shortcut, and what is wrong with it
    layer             the same on one layer of any library: ``prune_layer``
    lobs_sequential   exact, on the inputs of the net pruned so far
    wanda             |w| times the norm of its input: OBD on the layer's error
    sparsegpt         the columns in order, one Cholesky factor for all units: the fast descendant of exact L-OBS
    units             whole units, for a smaller dense net: Unit-OBS
    result            what all of them return; ``prune_by_scores``, by which a method of one's own is its scores
    result_file       a result on disk
    masks             counting and ranking
    memory            what a run takes, estimated before it begins: ``lobs_memory``, ``obs_memory``, ...
    schedules         in rounds, and combined
    methods           all of them in one table: key, function, label, colour, what it needs. A new one is a row there
"""

from .layer import LayerResult as LayerResult
from .layer import prune_layer as prune_layer
from .lobs import prune_lobs as prune_lobs
from .lobs_exact import LayerReport as LayerReport
from .lobs_exact import greedy_order as greedy_order
from .magnitude import prune_magnitude as prune_magnitude
from .magnitude import prune_random as prune_random
from .memory import factored_memory as factored_memory
from .memory import lobs_memory as lobs_memory
from .memory import obs_memory as obs_memory
from .memory import training_memory as training_memory
from .methods import METHODS as METHODS
from .methods import Method as Method
from .obd import backpass_diagonal as backpass_diagonal
from .obd import prune_obd as prune_obd
from .obs import OBSResult as OBSResult
from .obs import prune_obs as prune_obs
from .obs_factored import prune_obs_factored as prune_obs_factored
from .result import PruneResult as PruneResult
from .result import prune_by_scores as prune_by_scores
from .snip import connection_sensitivity as connection_sensitivity
from .snip import prune_snip as prune_snip
from .sparsegpt import prune_sparsegpt as prune_sparsegpt
from .units import UnitResult as UnitResult
from .units import prune_units as prune_units
from .wanda import prune_wanda as prune_wanda

__all__ = ["METHODS", "LayerReport", "LayerResult", "Method", "OBSResult", "PruneResult", "UnitResult",
           "backpass_diagonal", "connection_sensitivity", "factored_memory", "greedy_order", "lobs_memory",
           "obs_memory", "prune_by_scores", "prune_layer", "prune_lobs", "prune_magnitude", "prune_obd", "prune_obs",
           "prune_obs_factored", "prune_random", "prune_snip", "prune_sparsegpt", "prune_units", "prune_wanda",
           "training_memory"]
