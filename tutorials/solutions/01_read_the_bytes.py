"""The answers to lesson 01's last section. Try for yourself first."""

# On your own: answers
#
# 1. `i, j = divmod(q, 28)`, since 28 fits q // 28 times into q. For q = 404 it is (14, 12).
# 2. 00 00 0d 02 (float32, two sizes), 00 00 00 01, 00 00 00 01 (one row, one column), 3f c0 00 00 (1.5).
# 3. `(data.x_test[:, dead] > 0).any(axis=1).sum()`. The weights of a dead pixel have learned nothing: they are what
#    they were at the start (but for weight decay), so such ink adds a random number to each unit.
# 4. After `sizes`: `wanted = 4 + 4 * d + math.prod(sizes)`, and if `len(raw) != wanted` raise a ValueError with both
#    numbers; `read` is `naive_read_idx(Path(path).read_bytes())`. Then 2 of the 8 laws hold: a file that is too long
#    and a header that lies are refused. The others want gzip unpacked, all six types read, and a ValueError for what
#    is no IDX file or too short for its own header. `nnprune/datasets/idx.py` keeps all eight.
