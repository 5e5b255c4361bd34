"""The MONK's problems (Hassibi & Stork 1992): how few weights OBS leaves, and the rule read off them."""
