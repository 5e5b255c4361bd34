# %% [markdown]
# # Read a picture from its bytes
#
# **What you'll do.** Open a file of MNIST, find the numbers in its first 16 bytes by hand, and turn the rest into the
# matrix that the nets of all later lessons read. Then damage the file, and see what a reader has to notice.
#
# **What you'll learn.** The IDX format, what big-endian means, why pixel $(i, j)$ is input $28 i + j$, why the pixels
# are divided by 255, and that some pixels are always 0.
#
# **What you need.** Python and NumPy. MNIST is not needed: where it is not on your machine, this lesson makes
# synthetic digits and writes them to files of the same form. New words are in `glossary.md`. Running time: 4
# seconds. Length: 1,400 words.

# %%
import gzip
import math
import tempfile
from pathlib import Path

import numpy as np

import nnprune
from nnprune.datasets import (
    IdxError,
    draw_digits,
    files_in,
    find_mnist,
    idx_sha256,
    named_folder,
    parse_idx,
    read_idx,
    write_idx,
)
from nnprune.lesson import COLOURS, claim, draw_images, plt, show

ten = draw_digits(np.arange(10, dtype=np.uint8), np.random.default_rng(1))
draw_images("01_ten", ten, [f"{digit}: 784 bytes" for digit in range(10)])

# %% [markdown]
# ## 1. The idea
#
# A file is a row of bytes, and a byte is a number from 0 to 255. What the bytes mean is an agreement between the one
# who wrote them and the one who reads them: a *format*. MNIST's format is called IDX. It has a short *header*, which
# says how many pictures follow and how large they are, and then the pixels, one byte each: 0 is paper, 255 is ink.
#
# MNIST has four files: pictures and labels, each for training and for testing.

# %%
temporary = tempfile.TemporaryDirectory()
# where MNIST is; or else the folder in $NNPRUNE_DATA, so that load_mnist can complain
folder = find_mnist() or named_folder(None)
if folder is None or folder.is_file():  # a file is Keras' mnist.npz, which holds no IDX
    print(
        "MNIST is not on this machine: this lesson writes files of synthetic digits "
        "and reads those."
    )
    folder, rng = Path(temporary.name), np.random.default_rng(0)
    for part, n in (("train", 2500), ("t10k", 300)):
        labels = rng.integers(0, 10, n).astype(np.uint8)
        write_idx(folder / f"{part}-images-idx3-ubyte.gz", draw_digits(labels, rng))
        write_idx(folder / f"{part}-labels-idx1-ubyte.gz", labels)

# says what is missing; section 3 compares it with our own reading
data = nnprune.load_mnist(folder, download=False)
path = files_in(folder)["train-images-idx3-ubyte"]
packed = path.read_bytes()
print(path.name, "begins with", packed[:4].hex(" "))

# %% [markdown]
# If these four bytes begin with `1f 8b`, the file is packed by *gzip*, as MNIST is distributed: paper is mostly 0, and
# long runs of one value pack well. `1f 8b` is how gzip marks its files. Unpacked, the first 16 bytes are:

# %%
raw = gzip.decompress(packed) if packed[:2] == b"\x1f\x8b" else packed
print(raw[:16].hex(" "))
print(f"{len(packed):,} bytes on disk, {len(raw):,} unpacked")
claim("the magic number is 00 00 08 03", raw[:4] == bytes([0, 0, 8, 3]))

# %%
fields = [0, 0, 1, 2] + [3] * 4 + [4] * 4 + [5] * 4
names = ["always 0", "type: 08", "3 sizes", "pictures", "rows", "columns"]
colours = ["lightgrey", COLOURS[1], COLOURS[5], COLOURS[2], COLOURS[3], COLOURS[4]]
figure, axes = plt.subplots(figsize=(7, 1.7), layout="constrained")
for offset, (byte, field) in enumerate(zip(raw, fields)):
    axes.bar(offset, 1, width=0.94, color=colours[field])
    axes.text(offset, 0.5, f"{byte:02x}", ha="center", va="center", family="monospace")
for field, name in enumerate(names):
    axes.text(
        np.mean([o for o, f in enumerate(fields) if f == field]),
        1.12 + 0.25 * (field == 1), name, ha="center")
axes.set(
    xlabel="offset in the file (bytes)", xticks=range(16), yticks=[], ylim=(0, 1.55),
    xlim=(-0.6, 15.6))
show(figure, "01_header")

# %% [markdown]
# ## 2. The formula
#
# The header, as Y. LeCun, C. Cortes and C. Burges define it ("The MNIST database", section "File formats"):
#
# | offset | bytes | what |
# |---|---|---|
# | 0 | 2 | 00 00 |
# | 2 | 1 | type of one element; 08 is a byte from 0 to 255 |
# | 3 | 1 | $d$, the number of sizes |
# | 4 | $4 d$ | the sizes, each in 4 bytes |
# | $4 + 4 d$ | the rest | the elements, the last index running fastest |
#
# The first four bytes together are called the *magic number*. A size has 4 bytes because one byte ends at 255. The
# bytes $b_0 b_1 b_2 b_3$ stand for
#
# $$ 256^3\, b_0 + 256^2\, b_1 + 256\, b_2 + b_3 , $$
#
# as the digits of 4711 stand for $1000 \cdot 4 + 100 \cdot 7 + 10 \cdot 1 + 1$. The largest part comes first, and this
# order is called *big-endian*. Most processors keep numbers the other way round. Do it by hand: MNIST's number of
# training pictures is `00 00 ea 60`, and `ea` is $14 \cdot 16 + 10 = 234$, `60` is $6 \cdot 16 = 96$.

# %%
claim("MNIST has 60,000 training pictures",
      256 * 234 + 96 == 60_000 == int.from_bytes(bytes.fromhex("0000ea60"), "big"))
claim("the wrong way round it is another number",
      int.from_bytes(bytes.fromhex("0000ea60"), "little") == 1_625_948_160)

b = raw[4:8]
n = 256**3 * b[0] + 256**2 * b[1] + 256 * b[2] + b[3]
rows, columns = raw[11], raw[15]  # small enough for the last byte alone
print(f"{n:,} pictures of {rows} x {columns} pixels")
claim("the pictures have 28 x 28 pixels", (rows, columns) == (28, 28))
claim("the header and one byte a pixel: nothing is left over",
      len(raw) == 16 + n * rows * columns)

# %% [markdown]
# The last index runs fastest: first all pixels of picture 0, row by row, then picture 1. So pixel $(i, j)$ of picture
# $k$ is the byte at
#
# $$ \text{offset} = 16 + 784\, k + 28\, i + j . $$
#
# Now a reader. This one knows bytes only, as the rest of this lesson needs no other type.


# %%
def naive_read_idx(raw):
    """The array in the bytes of an unpacked IDX file whose elements are bytes."""
    d = raw[3]
    sizes = [int.from_bytes(raw[4 + 4 * k:8 + 4 * k], "big") for k in range(d)]
    elements = np.frombuffer(raw, np.uint8, offset=4 + 4 * d)
    return elements.reshape(sizes)  # NumPy's last index runs fastest, too


tiny = bytes.fromhex("00 00 08 02   00 00 00 02   00 00 00 03   07 08 09 0a 0b ff")
print(naive_read_idx(tiny))
claim("the tiny file is read",
      naive_read_idx(tiny).tolist() == [[7, 8, 9], [10, 11, 255]])
claim("the package reads the same",
      np.array_equal(naive_read_idx(tiny), parse_idx(tiny)))

images = naive_read_idx(raw)
claim("the package's reader reads the same pictures",
      np.array_equal(images, read_idx(path)))
k, i, j = 5, 14, 12
claim("the offset leads to the pixel",
      images[k, i, j] == raw[16 + 784 * k + 28 * i + j])

# %% [markdown]
# The labels are one byte each. Their file has one size, hence a header of 8 bytes.

# %%
label_path = files_in(folder)["train-labels-idx1-ubyte"]
labels = read_idx(label_path)
claim("there is a label for each picture", labels.shape == (n,))
claim("all ten digits occur", set(labels.tolist()) == set(range(10)))

figure, axes = plt.subplots(figsize=(7, 6.4), layout="constrained")
axes.imshow(images[0], cmap="gray_r")
for i, j in np.argwhere(images[0]):  # where it is not 0
    value = images[0, i, j]
    axes.text(
        j, i, value, ha="center", va="center", fontsize=6,
        color="white" if value > 100 else "black")
axes.set(
    xlabel="column $j$", ylabel="row $i$",
    title=f"The 784 bytes from offset 16 on (blank: 0). Label: {labels[0]}")
show(figure, "01_picture")

# %% [markdown]
# ## 3. From bytes to inputs
#
# The nets of this course have 784 inputs and know nothing of rows and columns. A picture becomes one row of numbers,
# row after row of pixels, so that pixel $(i, j)$ is input
#
# $$ q = 28\, i + j . $$
#
# And each number is divided by 255, so that it lies in $[0, 1]$. The reason is the training: the larger its input, the
# faster a weight learns (lesson 02), and steps that suit inputs around 1 would be far too large for inputs around 200
# (lesson 03).

# %%
# (n, 28, 28) -> (n, 784)
x = (images.reshape(n, 784) / np.float32(255)).astype(np.float32)
claim("the smallest input is 0", x.min() == 0)
claim("the largest input is 1", x.max() == 1)
i, j = 14, 12
claim("pixel (i, j) is input 28 i + j",
      np.array_equal(x[:, 28 * i + j] * 255, images[:, i, j]))

print(data)
claim("the package's inputs are the same", np.array_equal(data.x_train, x))
claim("and so are its labels", np.array_equal(data.y_train, labels))

# %% [markdown]
# From lesson 02 on, `nnprune.lesson.load` does all of this. Which pixels does a net get to see?

# %%
dead = (x == 0).all(axis=0)  # (784,): 0 in every training picture
print(
    f"{dead.sum()} of 784 pixels are 0 in all {n:,} training pictures; "
    f"{(x == 0).mean():.0%} of all numbers are 0"
)
claim("50 to 200 pixels are dead", 50 < dead.sum() < 200)
claim("70 to 90 % of all numbers are 0", 0.7 < (x == 0).mean() < 0.9)
claim("the corner is dead", dead[0])
claim("the middle is not", not dead[28 * 14 + 14])

figure, (left, right) = plt.subplots(
    1, 2, figsize=(7, 3.1), layout="constrained", width_ratios=[1.5, 1]
)
left.plot(x[0], color=COLOURS[6], linewidth=0.8)
left.set(
    xlabel="input $q = 28 i + j$", ylabel="value", title="picture 0 as the net gets it"
)
# masked entries, here the dead pixels, are drawn in the colour called `bad`
mean = np.ma.masked_array(x.mean(axis=0).reshape(28, 28), dead.reshape(28, 28))
shown = right.imshow(mean, cmap=plt.colormaps["gray_r"].with_extremes(bad=COLOURS[4]))
right.set(xlabel="column $j$", ylabel="row $i$", title="mean picture; vermilion: dead")
figure.colorbar(shown, ax=right, shrink=0.8, label="mean value")
show(figure, "01_inputs")

# %% [markdown]
# A pixel that is 0 in every training picture is *dead*: whatever is multiplied by it stays 0. The original MNIST has 67
# such pixels in its 60,000 training pictures. A weight on a dead pixel learns nothing and costs nothing to remove. It
# also leaves a matrix without an inverse that Optimal Brain Surgeon wants to invert (lesson 09).

# %%
if data.name == "mnist":
    claim("67 pixels of MNIST are dead", dead.sum() == 67)

# %% [markdown]
# ## 4. Break it
#
# Two mistakes. The first raises no error: the program runs, and the numbers are wrong.
#
# *The wrong order of the indices.* `order="F"` lets the first index run fastest, as Fortran does. The picture is
# mirrored along its diagonal, and looks nearly right.

# %%
turned = x[0].reshape(28, 28, order="F")
claim("the wrong order mirrors the picture",
      np.array_equal(turned, x[0].reshape(28, 28).T))
claim("and that is another picture", not np.array_equal(turned, x[0].reshape(28, 28)))

# %% [markdown]
# *A file that ends too early*, as a download does when the connection breaks. The naive reader's message is about a
# reshape. A reader should say which file it was, what was expected, what was found, and what to do.

# %%
short = Path(temporary.name) / "short-images-idx3-ubyte"
short.write_bytes(raw[:1000])
for reader in (lambda: naive_read_idx(short.read_bytes()), lambda: read_idx(short)):
    try:
        reader()
    except ValueError as error:
        message = str(error).replace(temporary.name, "...")
        print(f"{type(error).__name__}: {message}")
    else:
        claim("a file cut short must be refused", False)
claim("the reader's error is a ValueError", issubclass(IdxError, ValueError))
claim("the message names the file", "short-images-idx3-ubyte" in message)
claim("it says what was expected",
      f"expected {math.prod(images.shape)} bytes" in message)
claim("and what was found: 1000 bytes less the header's 16",
      "found no more than 984" in message)

# %% [markdown]
# ## 5. When it fails
#
# The format can tell that bytes are missing. It cannot tell that a byte is wrong, since every byte is a legal pixel.
# gzip can, by a check sum at its end; an unpacked file has none. So the package knows the SHA-256 of the four original
# files. That is a number of 256 bits computed from all bytes: change one, and it is another.

# %%
changed = images[:1000].copy()
changed[500, 14, 14] ^= 1  # one bit of one pixel
before, after = idx_sha256(images[:1000]), idx_sha256(changed)
print("before", before[:16], "...\nafter ", after[:16], "...")
claim("another bit, another sum", before != after)

# %% [markdown]
# Therefore `load_mnist` calls its data "mnist" only if all four sums are the known ones, and "mnist-like" otherwise.
#
# And a header may be wrong. It can promise terabytes in a file of 20 bytes, and a reader that trusts it asks for the
# memory first. `nnprune/datasets/idx.py` compares the promise with the file before it asks.

# %%
lie = bytes([0, 0, 8, 3]) + b"\xff" * 12 + b"\x07\x07\x07\x07"
try:
    parse_idx(lie)
except IdxError as error:
    print("IdxError:", error)
else:
    claim("a header that promises more than there is must be refused", False)

# %% [markdown]
# ## 6. Summary
#
# 1. A file is bytes; a format says what they mean. IDX: a header with the sizes, then the pixels.
# 2. Sizes have four bytes, the largest part first (big-endian): $256^3 b_0 + 256^2 b_1 + 256\, b_2 + b_3$.
# 3. Pixel $(i, j)$ of picture $k$ is the byte at $16 + 784\, k + 28\, i + j$, and input $28\, i + j$ of a net.
# 4. Inputs are pixels divided by 255, so that they lie in $[0, 1]$.
# 5. Some pixels are 0 in all pictures. They are *dead*, and they come back in lesson 09.
#
# ## 7. Questions
#
# <details><summary>1. A header says <code>00 00 08 01 00 00 27 10</code>. What is in the file?</summary>
#
# One size, 0x2710 = 10,000, of single bytes: the labels of MNIST's test pictures.
#
# </details>
#
# <details><summary>2. Which input is the pixel in row 2, column 3?</summary>
#
# $28 \cdot 2 + 3 = 59$.
#
# </details>
#
# <details><summary>3. A bit of one pixel is wrong. Who notices?</summary>
#
# Not the format: every byte is a legal pixel. gzip's check sum does, and so does the SHA-256 of the original file.
#
# </details>
#
# ## 8. On your own
#
# The answers are at the end of `tutorials/solutions/01_read_the_bytes.py`.
#
# 1. Fill in the function below and run the cell: from an input back to its pixel. You need it to draw
#    the weights of a unit as a picture.


# %%
def pixel_of(q):
    """The pixel (i, j) of input q, so that 28 i + j = q."""
    # Replace both. How often does 28 fit into q, and what is left over?
    # Try q = 404 by hand.
    i, j = None, None
    return i, j


if pixel_of(404)[0] is None:
    print("pixel_of is not written yet")
else:
    for q in range(784):
        claim("pixel_of is right for every input",
              tuple(pixel_of(q))
              == tuple(np.argwhere(np.arange(784).reshape(28, 28) == q)[0]))
    print("pixel_of is right for all 784 inputs")

# %% [markdown]
# 2. Which bytes does `write_idx` write for `np.array([[1.5]], dtype=np.float32)`? Write them down first (1.5 is
#    `3f c0 00 00` in big-endian; the type code of float32 is `0d`), then look with `Path(...).read_bytes()`.
# 3. How many of the *test* pictures have ink on a pixel that is dead in training? What does a net make of it?
# 4. Change `naive_read_idx` so that it refuses a file that is too short or too long, with one message that names both
#    numbers. Then let the laws of the package judge it: put it into a file `mine.py`, with a function `read(path)`
#    that returns the array, and run `nnprune laws mine:read --as idx_reader`. Which laws hold? What do the others want?
#
# The exercises that check themselves begin with the next lesson: `python -m nnprune.exercises 02`.
#
# ## 9. Further reading
#
# - Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition", Proceedings
#   of the IEEE 86, 1998: where MNIST comes from.
# - C. Yadav, L. Bottou, "Cold case: the lost MNIST digits", NeurIPS 2019: how it was made, reconstructed.
# - In this package: `nnprune/datasets/idx.py` (the format, and a reader that trusts no file) and
#   `nnprune/datasets/digits.py` (how synthetic digits are made).

# %%
temporary.cleanup()
