"""Fuzz the reader of IDX files: python tests/fuzz/fuzz_idx.py --minutes N (docs/corpus.md)."""

import harness

if __name__ == "__main__":
    harness.main("idx", max_len=4096)
