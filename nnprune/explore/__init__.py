"""Prune a net with your own hands: one HTML file with a slider over what is kept, the methods side by side.

    python -m nnprune.explore --out explore.html              a net of the package's own
    write_explorable(path, net, x, y, x_test, y_test)         your own net

The page needs no network and no library. All its numbers are the package's own: the nets that the pruners returned are
in the file, and the scripts in ``page/`` do no more than the forward pass.

    record      the nets of all methods at 24 kept shares, in float16; their costs; the digits
    pack        the record as text that a script in a page can read
    write       the page put together
"""

from __future__ import annotations

from .write import write_explorable

__all__ = ["write_explorable"]
