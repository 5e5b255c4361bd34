"""The pen of the synthetic digits: a smooth curve through given points, and how far each pixel is from it.

**The curve** is the spline of Catmull and Rom. Between two points p1 and p2 it is the cubic in t = 0..1 that
starts in p1 along (p2 - p0)/2 and ends in p2 along (p3 - p1)/2, where p0 and p3 are the points before and
after. So neighbouring spans agree in place and in direction, and a span is a weighted sum of four points:

    p(t) = 1/2 [ (-t + 2 t^2 - t^3) p0 + (2 - 5 t^2 + 3 t^3) p1 + (t + 4 t^2 - 3 t^3) p2 + (-t^2 + t^3) p3 ]

At an open end no point comes before or after; the end itself is taken twice. A closed stroke goes round: it
takes them from its other end.

**The distance.** The curve is cut in straight segments. With u and v the coordinates of a pixel along and
across a segment of length L, counted from the segment's middle, its distance D to the segment is

    D^2 = max(|u| - L/2, 0)^2 + v^2

and its distance to the curve is the smallest of these.

    letter   meaning                                               shape
    m        images made at once                                   int
    k        points of a stroke                                    int
    p        points of a stroke, and one more at each end          (k + 2, m, 2)
    a, b     ends of a segment, (x, y), in pixels                  (m, 2)
    L        length of a segment                                   (m, 1)
    e        its direction, a unit vector                          (m, 2)
    u, v     of each pixel, along and across a segment             (m, side, side)

Cost: 10 array operations for each segment, on the pixels that it can reach; on all of them an image with 20 segments
takes some 28 * 28 * 20 * 10 = 1.6e5.

Reference: E. Catmull, R. Rom, "A class of local interpolating splines", in Computer Aided Geometric Design,
Academic Press, 1974; the case of cubics with tension 1/2.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

# A span between two points is some 6 pixels long. Cut in 4 straight pieces it strays from the true curve by
# about a tenth of a pixel, which cannot be seen.
PIECES = 4
_t = np.arange(PIECES) / PIECES
SPAN_WEIGHTS = 0.5 * np.stack(  # (PIECES, 4): the formula above, one row for each t
    [-_t + 2 * _t**2 - _t**3, 2 - 5 * _t**2 + 3 * _t**3, _t + 4 * _t**2 - 3 * _t**3, -(_t**2) + _t**3], axis=1
)


def pen_path(stroke: Any) -> npt.NDArray[np.float64]:
    """The corners of the polygonal line that the pen follows through the points of one stroke.

    Parameters
    ----------
    stroke : ndarray of shape (k, m, 2)
        The k >= 2 points of the stroke in each of m images.

    Returns
    -------
    ndarray of shape (PIECES * (k - 1) + 1, m, 2), or (2, m, 2) for a straight stroke
        It passes through every point of the stroke.

    Examples
    --------
    >>> bow = np.array([[(0.0, 0.0)], [(8.0, 4.0)], [(0.0, 8.0)]])
    >>> path = pen_path(bow)
    >>> path.shape, path[4].tolist(), path[2].tolist()
    ((9, 1, 2), [[8.0, 4.0]], [[4.5, 1.75]])
    """
    if len(stroke) == 2:
        return stroke
    if np.array_equal(stroke[0], stroke[-1]):
        before, after = stroke[-2], stroke[1]
    else:
        before, after = stroke[0], stroke[-1]
    p = np.concatenate([before[None], stroke, after[None]])  # (k, m, 2) -> (k + 2, m, 2)
    n_spans = len(stroke) - 1
    four = np.stack([p[i : i + n_spans] for i in range(4)])  # -> (4, n_spans, m, 2): p0 .. p3 of each span
    path = np.einsum("ti,ijmc->jtmc", SPAN_WEIGHTS, four)  # -> (n_spans, PIECES, m, 2)
    return np.concatenate([path.reshape(-1, *stroke.shape[1:]), stroke[-1:]])


def squared_distance(segments: npt.NDArray[np.float64], side: int, reach: float = np.inf) -> npt.NDArray[np.float32]:
    """Of every pixel of a sheet to the nearest segment.

    Parameters
    ----------
    segments : ndarray of shape (n_segments, m, 2, 2), float32
        Of each segment, in each of m images, the two ends (x, y), in pixels.
    side : int
        Of the sheet, whose pixels have their centres at 0, 1, ..., side - 1.
    reach : float
        In pixels: where the true distance is larger, any that is larger will do, infinity too, and is found faster.

    Returns
    -------
    ndarray of shape (m, side, side), float32
        D^2 in square pixels; rows are y, columns are x.

    Examples
    --------
    >>> squared_distance(np.array([[[[0, 0], [0, 1]]]], dtype=np.float32), 3)[0].tolist()
    [[0.0, 1.0, 4.0], [0.0, 1.0, 4.0], [1.0, 2.0, 5.0]]
    """
    pixel = np.arange(side, dtype=np.float32)
    nearest = np.full((segments.shape[1], side, side), np.inf, np.float32)
    # Of each segment, in all of the images: the columns and rows that it can reach.
    low = np.maximum(np.ceil(segments.min(axis=(1, 2)) - reach), 0)  # (n_segments, 2)
    high = np.minimum(np.floor(segments.max(axis=(1, 2)) + reach), side - 1)
    for (a, b), (left, top), (right, bottom) in zip(np.moveaxis(segments, 2, 1), low.astype(int), high.astype(int)):
        columns, rows = slice(left, right + 1), slice(top, bottom + 1)
        L = np.sqrt(np.square(b - a).sum(axis=1, keepdims=True))
        # A segment shorter than a millionth of a pixel is a point, for which any direction serves.
        is_point = L < 1e-6
        e = np.where(is_point, (1, 0), b - a) / np.where(is_point, 1, L)  # (m, 2)
        e_x, e_y = e.astype(np.float32).T[:, :, None]  # (m, 1) each
        x, y = (pixel[part] - middle[:, None] for part, middle in zip((columns, rows), ((a + b) / 2).T))
        u = (e_x * x)[:, None, :] + (e_y * y)[:, :, None]  # (m, 1, columns) + (m, rows, 1) -> (m, rows, columns)
        v = (e_y * x)[:, None, :] - (e_x * y)[:, :, None]
        beyond = np.abs(u, out=u)
        beyond -= L[:, :, None] / 2
        np.maximum(beyond, 0, out=beyond)
        beyond *= beyond
        v *= v
        beyond += v
        near = nearest[:, rows, columns]
        np.minimum(near, beyond, out=near)
    return nearest
