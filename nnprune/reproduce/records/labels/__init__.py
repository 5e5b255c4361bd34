"""The records on labels alone, the budget of the pruning and retraining that of ``records``."""
