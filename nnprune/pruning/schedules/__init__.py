"""The methods in rounds, and combined.

In reading order:

    iterative    prune, retrain, repeat: one loop, in equal steps, geometric or cubic
    lottery      back to the first weights with the masks of the last: the lottery ticket
    stages       the stages of a plan as functions: ``lobs(to=0.95)``, ``retrain(epochs=2)``; a plan's training budget
    plan         a plan as a sentence, which it prints and is read from
    stage_run    ``run_stages``: a plan checked as a whole, then run stage by stage
"""

from . import stages as stages
from .iterative import prune_iteratively as prune_iteratively
from .lottery import rewind as rewind
from .plan import Plan as Plan
from .plan import Stage as Stage
from .stage_run import StageReport as StageReport
from .stage_run import StagesResult as StagesResult
from .stage_run import run_stages as run_stages
from .stages import budget as budget

__all__ = ["Plan", "Stage", "StageReport", "StagesResult", "budget", "prune_iteratively", "rewind", "run_stages",
           "stages"]
