"""The best sparse LeNet-300-100: one chain of nets, each pruned from the one before it."""
