"""The best sparse LeNet-300-100: one chain of nets, each pruned from the one before it.

In reading order: ``run`` (on soft targets), ``labels`` (the same on labels alone).
"""
