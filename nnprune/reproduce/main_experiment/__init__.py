"""The main experiment, which the demo runs: every method over a grid of sparsities, on one net a seed.

``run``; its table and its curves are those of ``analysis.comparison``.
"""
