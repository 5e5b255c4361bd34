"""Second derivatives: of a layer's error and of a net's loss, and the linear algebra on them.

In reading order:

    layer                the Hessian of a layer's error, A'A / n: exact, and the same for all units;
                         ``LayerHessian`` gathers it batch by batch
    linalg               damping, and inverses by the Cholesky factor
    outer_products       the rows G of the loss's Hessian as a sum of outer products; the empirical Fisher matrix
    full                 the Hessian of the loss as a matrix: exact, or Gauss-Newton; all Hessians by name
    downdate             the inverse of a matrix that loses a row and column at a time
    woodbury             the same for matrices too big to be formed, from their outer products
    gauss_newton_steps   training by second derivatives: Gauss-Newton steps, damped by Levenberg and Marquardt
"""

from .downdate import ShrinkingInverse as ShrinkingInverse
from .full import HESSIANS as HESSIANS
from .full import exact_diagonal as exact_diagonal
from .full import exact_hessian as exact_hessian
from .full import gauss_newton as gauss_newton
from .gauss_newton_steps import GaussNewtonStep as GaussNewtonStep
from .gauss_newton_steps import train_gauss_newton as train_gauss_newton
from .layer import LayerHessian as LayerHessian
from .layer import input_hessian as input_hessian
from .linalg import checked_hessian as checked_hessian
from .linalg import damp as damp
from .linalg import damped_inverse as damped_inverse
from .linalg import live_parameters as live_parameters
from .linalg import spd_inverse as spd_inverse
from .linalg import spd_solve as spd_solve
from .linalg import unit_diagonal as unit_diagonal
from .linalg import warn_of_condition as warn_of_condition
from .outer_products import empirical_fisher as empirical_fisher
from .outer_products import jacobian_rows as jacobian_rows
from .outer_products import outer_diagonal as outer_diagonal
from .woodbury import FactoredInverse as FactoredInverse

__all__ = ["HESSIANS", "FactoredInverse", "GaussNewtonStep", "LayerHessian", "ShrinkingInverse", "checked_hessian",
           "damp", "damped_inverse", "empirical_fisher", "exact_diagonal", "exact_hessian", "gauss_newton",
           "input_hessian", "jacobian_rows", "live_parameters", "outer_diagonal", "spd_inverse", "spd_solve",
           "train_gauss_newton", "unit_diagonal", "warn_of_condition"]
