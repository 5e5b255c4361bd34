"""Is it true, and what does it cost? What is measured on a pruned net, whatever pruned it.

In reading order:

    certificate    what a run of L-OBS claims, measured again; Theorem 3.2's bound on the output; a file to verify
    resources      the resource report: bytes, multiply-adds and time of a net, dense, sparse and compact
    comparison     methods beside each other over a grid of sparsities, a function of your own among them
    stopwatch      the time of small computations on a machine that does other things as well
"""

from .certificate import Certificate as Certificate
from .certificate import LayerCertificate as LayerCertificate
from .certificate import certify as certify
from .certificate import check_certificate as check_certificate
from .comparison import Comparison as Comparison
from .comparison import compare as compare
from .resources import LayerResources as LayerResources
from .resources import ResourceReport as ResourceReport
from .resources import csr_arrays as csr_arrays
from .resources import resource_report as resource_report
from .stopwatch import Seconds as Seconds
from .stopwatch import measure as measure

__all__ = ["Certificate", "Comparison", "LayerCertificate", "LayerResources", "ResourceReport", "Seconds",
           "certify", "check_certificate", "compare", "csr_arrays", "measure", "resource_report"]
