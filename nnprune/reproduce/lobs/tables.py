"""The rows of the L-OBS paper's Table 1: what the paper has, and how ours are read from what was measured."""

from __future__ import annotations

SOURCE = "Dong, Chen & Pan, NIPS 2017, Table 1 (LeNet-300-100)"
DENSE = 1.76  # % error of the paper's dense net
# Row: what it says, the paper's error before and after retraining, and its mini-batches.
ROWS = {
    "random": ("random, 8 % kept", 85.72, 2.25, "350,000"),
    "OBD": ("OBD, 8 % kept", 86.72, 1.96, "81,000"),
    "magnitude": ("magnitude (LWC), 8 % kept", 81.32, 1.95, "140,000"),
    "magnitude, shares": ("magnitude at the paper's shares", 81.32, 1.95, "140,000"),
    "L-OBS, shares": ("L-OBS at the paper's shares", 3.10, 1.82, "510"),
    "L-OBS": ("L-OBS, 7 % kept", 3.10, 1.82, "510"),
    "L-OBS, pruned inputs": ("L-OBS, 7 % kept, pruned inputs", 3.10, 1.82, "510"),
    "two stages, shares": ("L-OBS, two stages, last at 1/4/54 %", 2.43, 1.96, "643"),
    "two stages": ("L-OBS, two stages, 1.5 % kept, pruned inputs", 2.43, 1.96, "643"),
    "rounds, short": ("L-OBS in rounds, short, 1.5 % kept", 2.43, 1.96, "643"),
    "rounds": ("L-OBS in rounds, 1.5 % kept", 2.43, 1.96, "643"),
}
# How far apart two errors may be and still be the same, in points: one standard error of 1.8 % on 10,000 images is
# 0.13, of a rise (the same images) about 0.07; a net that is destroyed may answer one class or another.
AFTER, BEFORE, RISE, DESTROYED = 0.15, 0.5, 0.1, 5.0
WORDS = {"labels": "labels", "soft": "soft targets"}  # what a net is retrained on
HELD = 0.5  # points of error that the first layer may cost and still "hold" the accuracy


def errors(found, row, way="labels", after=True):
    """Test error in %, one a seed; before retraining it does not depend on the way (but in the last stages)."""
    return [f["rows"][row][way][int(after)] for f in found]


def rises(found, *which, **more):
    """The same above the dense net's error."""
    return [e - f["dense"] for e, f in zip(errors(found, *which, **more), found)]


def iterations(row, s):
    """Mini-batches of retraining in all stages of a row."""
    if row in s.steps:
        return s.stages[0] + s.rounds * s.steps[row] + s.fine[row]
    return sum(s.stages) if row.startswith("two stages") else s.iterations
