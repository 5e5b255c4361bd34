"""Fuzz MLP.load: python tests/fuzz/fuzz_net.py --minutes N (docs/corpus.md)."""

import harness

if __name__ == "__main__":
    harness.main("net", max_len=8192)
