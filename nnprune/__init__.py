"""nnprune: learn to prune a neural network, in readable and tested NumPy.

The names below are what programs and lessons use. Behind them are the rooms, which import downwards only; each begins
with a table of what is in it:

    datasets    bytes to arrays: IDX, MNIST, synthetic digits, the MONK's problems
    nn          the net, its losses and its training; a layer as one matrix
    hessian     second derivatives, and the linear algebra on them
    pruning     the methods, and their combinations in ``pruning.schedules``
    analysis    is it true, and what does it cost: certificate, resource report
    interop     nets of PyTorch and scikit-learn, in and out (needs them when called: the extra ``interop``)
    laws        what every implementation must keep (needs hypothesis: the extra ``test``)
    plots       figures
    exercises   the functions to fill in, and what judges them (needs hypothesis)
    replay      a pruning run as one HTML file
    explore     a net to prune with a slider, as one HTML file
    reproduce   one command for every published table
    lesson      what the lessons share
    demo        the main job: ``python -m nnprune.demo``
"""

import sys as _sys
import typing as _typing

if _sys.version_info < (3, 10):  # noqa: UP036 (pip refuses an older one; a checkout is run without pip)
    _line = "nnprune needs Python 3.10 or newer, and this is %d.%d" % _sys.version_info[:2]  # noqa: UP031
    if _sys.argv[:1] == ["-m"]:  # python -m nnprune...: no traceback
        _sys.exit("error: " + _line)
    raise ImportError(_line)
from importlib import import_module as _import_module

from ._util.checks import NNPruneWarning as NNPruneWarning
from .analysis import Certificate as Certificate
from .analysis import Comparison as Comparison
from .analysis import ResourceReport as ResourceReport
from .analysis import certify as certify
from .analysis import check_certificate as check_certificate
from .analysis import compare as compare
from .analysis import resource_report as resource_report
from .datasets import Dataset as Dataset
from .datasets import load_idx_dataset as load_idx_dataset
from .datasets import load_mnist as load_mnist
from .datasets import make_digits as make_digits
from .datasets import make_monks as make_monks
from .datasets import make_xor as make_xor
from .hessian import GaussNewtonStep as GaussNewtonStep
from .hessian import LayerHessian as LayerHessian
from .hessian import train_gauss_newton as train_gauss_newton
from .nn import MLP as MLP
from .nn import Compact as Compact
from .nn import Epoch as Epoch
from .nn import compact as compact
from .nn import drop_dead as drop_dead
from .nn import train as train
from .nn import train_compact as train_compact
from .nn import unfold as unfold
from .pruning import LayerReport as LayerReport
from .pruning import LayerResult as LayerResult
from .pruning import OBSResult as OBSResult
from .pruning import PruneResult as PruneResult
from .pruning import UnitResult as UnitResult
from .pruning import prune_by_scores as prune_by_scores
from .pruning import prune_layer as prune_layer
from .pruning import prune_lobs as prune_lobs
from .pruning import prune_magnitude as prune_magnitude
from .pruning import prune_obd as prune_obd
from .pruning import prune_obs as prune_obs
from .pruning import prune_obs_factored as prune_obs_factored
from .pruning import prune_random as prune_random
from .pruning import prune_snip as prune_snip
from .pruning import prune_sparsegpt as prune_sparsegpt
from .pruning import prune_units as prune_units
from .pruning import prune_wanda as prune_wanda
from .pruning.schedules import prune_iteratively as prune_iteratively
from .pruning.schedules import rewind as rewind
from .pruning.schedules import run_stages as run_stages

__version__ = "0.2.0"

__all__ = ["MLP", "Certificate", "Compact", "Comparison", "Dataset", "Epoch", "GaussNewtonStep", "LayerHessian",
           "LayerReport", "LayerResult", "NNPruneWarning", "OBSResult", "PruneResult", "ResourceReport", "UnitResult",
           "certify", "check_certificate", "compact", "compare", "drop_dead", "load_idx_dataset", "load_mnist",
           "make_digits", "make_monks", "make_xor", "prune_by_scores", "prune_iteratively", "prune_layer",
           "prune_lobs", "prune_magnitude", "prune_obd", "prune_obs", "prune_obs_factored", "prune_random",
           "prune_snip", "prune_sparsegpt", "prune_units", "prune_wanda", "resource_report", "rewind", "run_stages",
           "train", "train_compact", "train_gauss_newton", "unfold"]

_ROOMS = ("datasets", "nn", "hessian", "pruning", "analysis", "interop", "laws", "plots", "exercises", "replay",
          "explore", "reproduce", "lesson", "lessons", "demo")


if _typing.TYPE_CHECKING:  # for type checkers, to whom the function below would promise that every name exists
    from . import demo as demo
    from . import exercises as exercises
    from . import explore as explore
    from . import interop as interop
    from . import laws as laws
    from . import lesson as lesson
    from . import lessons as lessons
    from . import plots as plots
    from . import replay as replay
    from . import reproduce as reproduce
else:
    def __getattr__(name):
        """A room, imported when it is first asked for (PEP 562): ``import nnprune`` alone takes no matplotlib along."""
        if name in _ROOMS:
            return _import_module(f".{name}", __name__)
        raise AttributeError(f"module 'nnprune' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, *_ROOMS])
