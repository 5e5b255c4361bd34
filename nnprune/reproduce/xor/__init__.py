"""XOR with a 2-2-1 net (Hassibi & Stork 1992): which weight magnitude, OBD and OBS remove first.

In reading order: ``run``, ``nets``, ``tables``, ``figures``, ``text``.
"""
