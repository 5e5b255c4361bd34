"""One-shot pruning of 784-40-20-10 nets beside the table of the CHITA paper (Benbaki et al. 2023).

In reading order: ``run``, ``tables``, ``figures``, ``text``.
"""
