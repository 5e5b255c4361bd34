"""Theorem 3.2 of the L-OBS paper: the bound, the error, and what lies between.

In reading order: ``run``, ``tables``, ``figures``, ``text``.
"""
