"""Table 1 of the L-OBS paper (Dong, Chen & Pan 2017) for LeNet-300-100.

In reading order: ``run``, ``dense_nets``, ``tables``, ``figures``, ``text``.
"""
