"""The main experiment, which the demo runs: every method over a grid of sparsities, on one net a seed.

In reading order: ``run``, ``tables``.
"""
