"""Input validation: one clear error that names the value and the remedy, before any work begins.

Every public function calls these first, so that the mathematics below it may rely on what it gets.
"""

from __future__ import annotations

import importlib
import numbers
import warnings
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from .types import BoolArray, FloatArray

T = TypeVar("T")
# Costs are squares of weights times squares of inputs. The square of a larger number is beyond float64 (1.8e308), and
# that of one below 1 / LARGEST keeps few digits or is 0.
LARGEST = 1e150


class NNPruneWarning(UserWarning):
    """What came out is what was asked for, but hardly what was wanted; the message has the number and the remedy.

    ``warnings.filterwarnings("ignore", category=nnprune.NNPruneWarning)`` turns all of them off; ``docs/numerics.md``
    says what each of them means.
    """


def warn(message: str) -> None:
    """Warn of what is hardly wanted, once a place in the caller's code."""
    warnings.warn(message, NNPruneWarning, stacklevel=3)


def finite_matrix(name: str, a: npt.ArrayLike, *, n_in: int | None = None) -> FloatArray:
    """``a`` as a floating-point matrix, or a clear error.

    Parameters
    ----------
    name : str
        What to call ``a`` in a message.
    a : array_like of shape (n, d)
        float32 and float64 keep their precision, everything else becomes float64.
    n_in : int, optional
        The inputs of the net that ``a`` is for, one column each.

    Returns
    -------
    ndarray of shape (n, d)
        ``a`` itself where it already fits: it is not copied.

    Raises
    ------
    ValueError
        If ``a`` is no matrix, is empty, has another number of columns, or holds NaN, infinity, or an entry beyond
        ``LARGEST``, or none above 1 / ``LARGEST`` but 0.
    """
    a = numbers_only(name, plain_array(name, a))
    if a.ndim != 2:
        way_out = {1: f"; of one sample make {name}[None, :], of one number a sample {name}.reshape(-1, 1)"}.get(
            a.ndim, f"; {name}.reshape(len({name}), -1) makes a row of every sample" if a.ndim > 2 else "")
        raise ValueError(f"{name} must be a matrix, with 2 axes, but its shape is {a.shape}{way_out}")
    if a.shape[0] == 0:
        raise ValueError(f"{name} is empty: its shape is {a.shape}; at least one row is needed")
    if n_in is not None and a.shape[1] != n_in:
        raise ValueError(f"{name} has {a.shape[1]} columns, but {n_in} are needed: the inputs of the net")
    if a.shape[1] == 0:
        raise ValueError(f"{name} is empty: its shape is {a.shape}; at least one column is needed")
    all_finite(name, a)
    return a if a.dtype in (np.float32, np.float64) else a.astype(np.float64)


def plain_array(name: str, a: npt.ArrayLike) -> npt.NDArray[Any]:
    """``a`` as an ordinary array of NumPy, of whatever dtype, or one clear error.

    Raises
    ------
    ValueError
        If it is a masked array or a sparse matrix, whose values are not all that they say, or no array at all.
    """
    if type(a) is np.ndarray:
        return a
    parts = a if isinstance(a, list | tuple) else [a]
    if any(isinstance(part, np.ma.MaskedArray) for part in parts):
        raise ValueError(f"{name} is a NumPy masked array, and its mask would be lost: put a value in for what is "
                         f"masked, by {name}.filled(value), or leave these rows out")
    if any(hasattr(part, "tocsr") for part in parts):
        raise ValueError(f"{name} is a sparse matrix: pass {name}.toarray()")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # what old versions of NumPy warn of, new ones refuse
            return np.asarray(a)
    except Exception as error:  # an array of another library may raise anything
        raise ValueError(f"{name} is no array, and NumPy cannot make one of it ({error}): all rows must have the same "
                         f"length, and hold numbers") from None


def numbers_only(name: str, a: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array ``a``, if its dtype is one of real numbers; else a ValueError that says how to get one."""
    if a.dtype.kind in "fiub":
        return a
    way_out = {"O": f"convert it, a DataFrame or Series by {name}.to_numpy(dtype=float), and leave out what is no "
                    f"number",
               "c": f"take {name}.real if the imaginary parts are 0",
               "U": "number the words, for instance by np.unique(words, return_inverse=True)[1]"}
    raise ValueError(f"{name} must hold numbers, but its dtype is {a.dtype}: "
                     + way_out.get("U" if a.dtype.kind == "S" else a.dtype.kind, "convert it to numbers first"))


def net_inputs(net: Any, x: npt.ArrayLike, name: str = "x") -> FloatArray:
    """``x`` as a matrix with a column for every input of the net, as ``finite_matrix`` gives it, or a clear error."""
    return finite_matrix(name, x, n_in=net.sizes[0])


def all_finite(name: str, a: npt.NDArray[Any]) -> None:
    """Raise ValueError if ``a`` holds NaN, infinity or an entry beyond ``LARGEST``, and say where the first one is.

    Or if all its entries are below 1 / ``LARGEST``, though not all are 0: their squares would say that they are.
    The sum is tried first: it is finite unless an entry is not (or the sum overflows), needs no array of the
    size of ``a``, and costs a tenth of looking at every entry. float32 cannot hold what is beyond ``LARGEST``.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        total = a.sum()
    if not np.isfinite(total) and not np.isfinite(a).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(a))[0])
        raise ValueError(f"{name} holds {a[where]} at index {where}; every entry must be finite")
    if a.dtype.kind != "f" or a.dtype.itemsize < 8:
        return
    largest = max(a.max(initial=0), -a.min(initial=0))
    if 0 < largest < 1 / LARGEST:
        raise ValueError(f"{name} holds nothing above {largest:.3g} in size, whose square is below float64; scale it "
                         f"to above {1 / LARGEST:g}")
    if largest > LARGEST:
        where = tuple(int(i) for i in np.argwhere(np.abs(a) > LARGEST)[0])
        raise ValueError(f"{name} holds {a[where]!s} at index {where}, whose square is beyond float64; scale it to "
                         f"below {LARGEST:g}")


def generator(rng: int | np.random.Generator | None) -> np.random.Generator:
    """The generator of random numbers that an argument ``rng`` stands for, or one clear error.

    Raises
    ------
    ValueError
        If it is neither a seed, a generator nor None.
    """
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise ValueError(f"rng must be a seed, a whole number of at least 0, or a numpy.random.Generator, but it is "
                         f"{rng!r}") from None


def one_of(name: str, value: T, allowed: Collection[str]) -> T:
    """Return ``value`` if it is one of ``allowed``, else raise a ValueError that lists them."""
    if not isinstance(value, str) or value not in allowed:  # what is no text may be unhashable
        raise ValueError(f"{name} {value!r} is unknown; known are: {', '.join(map(repr, allowed))}")
    return value


def in_range(name: str, value: Any, low: float, high: float, *, low_open: bool = False,
             high_open: bool = False) -> float:
    """Return ``value`` as a float if it is a number from ``low`` to ``high``, else raise ValueError.

    ``low_open`` and ``high_open`` exclude the bound itself.
    """
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    right = isinstance(value, numbers.Real) and not isinstance(value, bool)
    right = right and (low < value if low_open else low <= value)
    right = right and (value < high if high_open else value <= high)
    if not right:
        interval = f"{'(' if low_open else '['}{low}, {high}{')' if high_open else ']'}"
        hint = ""
        if isinstance(value, numbers.Real) and high == 1 and 1 < float(value) < 100:
            hint = f": did you mean {float(value) / 100:g}, {float(value):g} %?"
        raise ValueError(f"{name} must be a number in {interval}, but it is {value!r}{hint}")
    return float(value)


def whole_number(name: str, value: Any, low: int) -> int:
    """Return ``value`` as an int if it is a whole number of at least ``low``, else raise ValueError."""
    if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < low:
        raise ValueError(f"{name} must be a whole number of at least {low}, but it is {value!r}")
    return int(value)


def is_net(net: T, name: str = "net") -> T:
    """Return ``net`` if it is one whose weights are finite and 0 where pruned; else a ValueError says what is wrong.

    The likeliest mistake is the result of a pruning instead of its net. ``net.weights`` can be written to, so that the
    masks are in force is looked at here: by all that prune, train or save. A pass through the net must stay fast.
    """
    if not (hasattr(net, "masks") and hasattr(net, "weights")):
        hint = "; take its .net" if hasattr(net, "net") else foreign_net(net)
        raise ValueError(f"{name} must be an MLP, but it is a {type(net).__name__}{hint}")
    for kind, of_masks in (("weights", "masks"), ("biases", "bias_masks")):
        arrays, masks = getattr(net, kind), getattr(net, of_masks)
        if [np.shape(a) for a in arrays if a is not None] != [mask.shape for mask in masks if mask is not None]:
            raise ValueError(f"{name}.{kind} and their masks have other shapes: make a new net by MLP.from_arrays")
        for l, (a, mask) in enumerate(zip(arrays, masks)):
            if a is not None:
                all_finite(f"{name}.{kind}[{l}]", a)
                _in_force(f"{name}.{kind}[{l}]", a, mask)
    return net


def foreign_net(net: Any) -> str:
    """How a net of another library becomes an MLP, as the end of a message; "" if it is none that is known."""
    if isinstance(net, Mapping):
        return "; of a state_dict of torch: module.load_state_dict(d), nnprune.interop.from_torch(module) makes one"
    # Keras first: on its torch backend a model has a state_dict as well.
    for mark, way in (("get_weights", "w = model.get_weights(), then MLP.from_arrays(w[0::2], w[1::2], "
                                      "layout='in_out')"),
                      ("state_dict", "nnprune.interop.from_torch(module)"),
                      ("out_activation_", "nnprune.interop.from_sklearn(estimator)")):
        if hasattr(net, mark):
            return f"; {way} makes one"
    return ""


def needed_package(package: str, function: str) -> Any:
    """The package of another library that a function of ``interop`` needs, or an ImportError with the remedy."""
    try:
        return importlib.import_module(package)
    except ImportError as error:
        name = package.split(".")[0].replace("sklearn", "scikit-learn")
        raise ImportError(f'nnprune.interop.{function} needs {name}: pip install "nnprune[interop]" '
                          f"({error})") from None


def _in_force(name: str, a: FloatArray, mask: BoolArray) -> None:
    """Raise ValueError if an entry of ``a`` is not 0 where the mask says pruned."""
    if mask.all() or not (a[~mask] != 0).any():
        return
    where = tuple(int(i) for i in np.argwhere((a != 0) & ~mask)[0])
    raise ValueError(f"{name} holds {a[where]:.6g} at index {where}, where its mask says pruned: "
                     f"net.set_masks(net.masks, net.bias_masks) sets it to 0, other masks keep it")


def checked_masks(name: str, masks: Any, arrays: Sequence[FloatArray | None]) -> tuple[Any, ...]:
    """``masks`` as a tuple of read-only arrays of bool, one for each of ``arrays`` (None for None), none shared.

    Parameters
    ----------
    name : str
        What to call them in a message.
    masks : sequence of array_like, of bool or of 0 and 1
        Of any library whose arrays NumPy can read; "zeros" is what is not 0 in the arrays.
    arrays : list of ndarray, or of None

    Raises
    ------
    ValueError
        If their number or a shape is another, or an entry is neither 0 nor 1.
    """
    if isinstance(masks, str) and one_of(name, masks, ("zeros",)):
        masks = [None if a is None else a != 0 for a in arrays]
    masks = list(masks) if np.iterable(masks) else [masks]
    if len(masks) != len(arrays):
        raise ValueError(f"{name} must be a list of {len(arrays)} arrays, one a layer, but its length is {len(masks)}")
    frozen: list[Any] = []
    for l, (mask, a) in enumerate(zip(masks, arrays)):
        if a is None and mask is None:
            frozen.append(None)
            continue
        frozen.append(checked_mask(f"{name}[{l}]", mask, None if a is None else a.shape))
        frozen[-1].flags.writeable = False
    return tuple(frozen)


def checked_mask(name: str, mask: npt.ArrayLike, shape: tuple[int, ...] | None) -> BoolArray:
    """A mask of bool, or of 0 and 1, as an array of bool, a copy; ValueError if its shape or an entry is another."""
    mask = plain_array(name, mask)
    if mask.shape != shape:
        raise ValueError(f"{name} has the shape {mask.shape}, but {shape} is needed, as of what it masks")
    if mask.dtype.kind not in "biuf" or not ((mask == 0) | (mask == 1)).all():
        raise ValueError(f"{name} must hold True and False, or 1 and 0, but its dtype is {mask.dtype}"
                         + (f" and it goes from {mask.min()} to {mask.max()}" if mask.dtype.kind in "iuf" else ""))
    return mask.astype(bool)


def gibibytes(n: float) -> str:
    """An amount of memory as text, rounded up to a tenth of a GiB.

    Examples
    --------
    >>> gibibytes(1.26e9), gibibytes(30e6)
    ('1.2 GiB', '0.1 GiB')
    """
    return f"{np.ceil(n / 2**30 * 10) / 10:.1f} GiB"


def check_memory(what: str, needed: float, max_memory: float, way_out: str) -> None:
    """Refuse what does not fit, before any work.

    Parameters
    ----------
    what : str
    needed, max_memory : float
        Bytes.
    way_out : str
        What to do about it.

    Raises
    ------
    ValueError
        If more is needed; the message names both figures and the remedy.

    Examples
    --------
    >>> check_memory("a large thing", 5 * 2**30, 2**30, "take a smaller one")
    Traceback (most recent call last):
        ...
    ValueError: a large thing needs 5.0 GiB, but max_memory is 1.0 GiB: take a smaller one, or raise max_memory
    """
    if needed > in_range("max_memory", max_memory, 0, np.inf):
        raise ValueError(f"{what} needs {needed / 2**30:.1f} GiB, but max_memory is {max_memory / 2**30:.1f} GiB: "
                         f"{way_out}, or raise max_memory")
