"""A recording as text that a script in a page can read: JSON, and in it the long arrays as base64.

A run has tens of thousands of removals. As JSON numbers each would take some 20 characters; as base64 of little-endian
binary numbers a place takes 5.3 (32 bits), and the browser has it back in a typed array at once:

    places      uint32     what went
    costs       float32    what it was predicted to cost
    weights     float32    the weight when it went        }
    moved       float32    the sum of |dw| of the others  }  from removal ``first`` on
    partners    uint16     3 for each: who moved most     }
    changes     float32    and by how much                }

The first two are kept for all removals, 11 characters each. The others take 35 characters each, so they are kept for
the last ``DETAILS`` removals at most: 1.4 MB. A net of 266,200 weights makes a page of about 4.3 MB, one of 32,000 of
1.5 MB.
"""

from __future__ import annotations

import math

import numpy as np

from .._util.web_page import base64_of
from ..pruning.methods import method_of

# Removals, counted from the last, for which is kept who compensated.
DETAILS = 40_000
# Units of the first layer whose masks are shown, at most.
UNITS = 64


def run_data(recording, others, y_size):
    """A recording, and the curves of other runs of the same net, as JSON can hold it.

    Parameters
    ----------
    recording : Recording
    others : dict
        From a label to a curve: a list of (removals, accuracy).
    y_size : int
        The number of samples that the accuracy was measured on.
    """
    r, first = recording, max(0, len(recording.places) - DETAILS)
    with np.errstate(over="ignore"):  # a cost beyond float32 is shown as infinite
        arrays = {"places": base64_of(r.places, "u4"), "absent": base64_of(r.absent, "u4"),
                  "costs": base64_of(r.costs, "f4")}
        if r.kind != "unknown":
            arrays["weights"] = base64_of(r.weights[first:], "f4")
        if r.kind == "exact":
            arrays.update(moved=base64_of(r.moved[first:], "f4"), partners=base64_of(r.partners[first:], "u2"),
                          changes=base64_of(r.changes[first:], "f4"))
    curves = {r.method: r.curve, **others}
    if r.watched is not None:
        inputs, labels, said = r.watched
        grey = (inputs - inputs.min()) / (np.ptp(inputs) or 1) * 255
        arrays["watched"] = {"labels": labels.tolist(), "inputs": base64_of(grey.round(), "u1"),
                             "said": base64_of(said, "f4"), "classes": said.shape[2]}
    return {"sizes": r.sizes, "columns": r.columns, "pictures": [picture(n - 1) for n in r.columns],
            "total": r.total, "kind": r.kind, "first": first, "units": shown_units(r), "tested": y_size,
            "curves": [{"label": label, "colour": row.color if row else None, "removed": [n for n, _ in curve],
                        "accuracy": [a for _, a in curve]}
                       for label, curve in curves.items() for row in [method_of(label)]], **arrays}


def picture(n_inputs):
    """Rows and columns of the picture that a unit's inputs make: a square where they fill one, else one row.

    Examples
    --------
    >>> picture(784), picture(17)
    ((28, 28), (1, 17))
    """
    side = math.isqrt(n_inputs)
    return (side, side) if side * side == n_inputs else (1, n_inputs)


def shown_units(recording):
    """The units of the first layer whose masks are shown: all, or those with most weights left at the end."""
    n_out, d = recording.sizes[1], recording.columns[0]
    empty = np.concatenate([recording.places, recording.absent])
    gone = np.bincount(empty[empty < n_out * d] // d, minlength=n_out)
    return np.sort(np.argsort(gone, kind="stable")[:UNITS]).tolist()
