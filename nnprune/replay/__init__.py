"""A pruning run as one HTML file: a slider over the removals, with what each of them did.

    python -m nnprune.replay --out replay.html            a run of the package's own
    write_replay(path, net, result, x, y, ...)            your own run

The page needs no network and no library: its data are in the file (``encode``), read by the few scripts in ``page/``.

    compensation    which weights compensated each removal of exact L-OBS, recomputed from the order alone
    recording       what is known of a run: the order, the costs, the compensations, the accuracy on the way
    tiny            every step of Optimal Brain Surgeon on a net so small that all its numbers fit on a page
    encode          the recording as text that a script in a page can read
    write           the page put together
"""

from __future__ import annotations

from .tiny import obs_steps, xor_net
from .write import write_replay

__all__ = ["obs_steps", "write_replay", "xor_net"]
