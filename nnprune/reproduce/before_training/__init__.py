"""Pruning before training: SNIP, lottery tickets, and the course report's conjecture.

In reading order: ``run``, ``tables``, ``figures``, ``text``.
"""
