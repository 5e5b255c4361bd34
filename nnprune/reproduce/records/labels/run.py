"""The records on labels alone: the same chain, without teachers, to be compared with published nets like with like.

One seed: it takes as long as a seed of ``records``. Nothing was chosen on the test images; the smoothing of 0.1 is that
of the paper that introduced it, everything else is as in ``records``.
"""

from __future__ import annotations

from .. import run as records

TITLE = "The sparse LeNet-300-100 on labels alone: the same chain, 12x to 167x"
DATA = records.DATA
SETTINGS = {**records.SETTINGS, "seeds": 1, "teachers": 1, "targets": "labels", "smoothing": 0.1}
QUICK = {**records.QUICK, "teachers": 1}

run = records.run
