"""The points of the synthetic digits: where the pen goes, before anyone's hand shakes.

They lie in a box of 20 x 20 pixels, the size to which the makers of MNIST scaled every digit before they put
it on its 28 x 28 sheet. ``x`` grows to the right and ``y`` grows downwards, as rows of an image do, so that
``(0, 0)`` is the upper left corner and ``(10, 10)`` the middle.

- A **stroke** is a tuple of points. The pen runs through all of them on a smooth curve; a stroke of two
  points is a straight line; a stroke that ends where it began is closed and has no corner there.
- A **shape** is a tuple of strokes. Where two strokes name the same point they stay joined, however far that
  point is moved, and they may meet at an angle: this is how a sharp corner is written.
- A **digit** is a tuple of shapes: the ways in which people write it.
"""

from __future__ import annotations

BOX = 20.0  # the side of the box, in pixels

ZERO = (
    # a wide ring
    (((10, 0), (5, 3), (3, 10), (5, 17), (10, 20), (15, 17), (17, 10), (15, 3), (10, 0)),),
    # a narrow, leaning ring
    (((12, 0), (7, 5), (5, 13), (8, 20), (13, 15), (15, 7), (12, 0)),),
    # a ring whose end runs past its beginning
    (((12, 2), (7, 2), (3, 9), (5, 17), (10, 20), (16, 16), (16, 7), (12, 1), (7, 3)),),
)

ONE = (
    # a bare stroke
    (((10, 0), (10, 20)),),
    # a bent stroke
    (((11, 0), (10, 10), (10, 20)),),
    # with a flag
    (((6, 5), (10, 0)), ((10, 0), (10, 20))),
    # with a flag and a foot
    (((6, 4), (10, 0)), ((10, 0), (10, 20)), ((5, 20), (15, 20))),
)

TWO = (
    # a neck and a straight foot
    (((4, 5), (9, 0), (15, 5), (11, 12), (4, 20)), ((4, 20), (16, 19))),
    # a loop at the lower left
    (((4, 4), (9, 0), (15, 5), (11, 12), (6, 18), (3, 17), (6, 14), (10, 18), (17, 18)),),
    # a wavy foot
    (((4, 3), (11, 0), (14, 5), (11, 11), (3, 19)), ((3, 19), (9, 18), (13, 20), (17, 18))),
)

THREE = (
    # two bows that meet in a point
    (((4, 3), (9, 0), (15, 4), (8, 9)), ((8, 9), (16, 13), (11, 20), (3, 17))),
    # a flat top
    (((4, 1), (15, 1)), ((15, 1), (9, 8)), ((9, 8), (15, 11), (15, 16), (10, 20), (3, 18))),
    # one line, the middle rounded or looped
    (((4, 2), (10, 0), (14, 4), (9, 9), (7, 9), (12, 10), (16, 14), (10, 20), (4, 18)),),
)

FOUR = (
    # open at the top, straight
    (((5, 1), (3, 11)), ((3, 11), (17, 11)), ((14, 2), (12, 20))),
    # closed at the top
    (((13, 0), (3, 13)), ((3, 13), (17, 13)), ((13, 0), (13, 20))),
    # open at the top, with a round cup
    (((4, 1), (4, 8), (8, 11), (14, 9)), ((15, 0), (14, 9)), ((14, 9), (13, 20))),
)

FIVE = (
    # a corner and a bow
    (((15, 0), (6, 0)), ((6, 0), (5, 9)), ((5, 9), (11, 7), (16, 13), (11, 20), (4, 18))),
    # one line, like an S
    (((16, 1), (9, 1), (6, 7), (13, 11), (14, 16), (9, 20), (3, 18)),),
    # the bar added last, and too high
    (((7, 2), (5, 9)), ((5, 9), (12, 9), (14, 15), (9, 20), (3, 18)), ((8, 2), (17, 0))),
)

SIX = (
    # a bent stem that closes its bowl
    (((13, 0), (7, 5), (4, 13), (9, 20), (15, 16), (11, 11), (5, 14)),),
    # a large bowl
    (((10, 0), (5, 7), (4, 15), (10, 20), (16, 15), (11, 9), (5, 14)),),
    # a bowl that stays open
    (((9, 0), (5, 6), (4, 14), (8, 20), (14, 18), (13, 12), (8, 13)),),
)

SEVEN = (
    # two straight strokes
    (((3, 1), (16, 1)), ((16, 1), (8, 20))),
    # with a bar
    (((3, 1), (16, 1)), ((16, 1), (8, 20)), ((6, 11), (15, 10))),
    # round, in one line
    (((3, 3), (7, 1), (15, 2), (12, 10), (10, 20)),),
    # with a hook at the beginning
    (((3, 5), (4, 1)), ((4, 1), (16, 1)), ((16, 1), (11, 10), (9, 20))),
)

EIGHT = (
    # one line that crosses itself
    (((15, 4), (10, 0), (5, 4), (10, 9), (15, 15), (10, 20), (5, 15), (10, 9), (15, 4)),),
    # two rings
    (((10, 0), (6, 4), (10, 9), (14, 4), (10, 0)), ((10, 9), (4, 14), (10, 20), (16, 14), (10, 9))),
    # begun at the upper right, and not closed there
    (((14, 2), (9, 0), (6, 4), (10, 9), (14, 15), (9, 20), (5, 15), (10, 9), (16, 2)),),
)

NINE = (
    # a ring and a straight stem
    (((15, 4), (9, 0), (4, 5), (8, 10), (15, 4)), ((15, 4), (13, 20))),
    # a ring and a curved tail
    (((15, 3), (9, 0), (4, 5), (8, 10), (15, 3)), ((15, 3), (15, 13), (11, 20), (5, 18))),
    # one line, the ring left open
    (((14, 2), (8, 1), (4, 6), (8, 10), (14, 6), (15, 1), (14, 10), (11, 20)),),
)

# DIGITS[d] are the shapes of the digit d.
DIGITS = (ZERO, ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN, EIGHT, NINE)
