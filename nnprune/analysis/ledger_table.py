"""A ledger: its figures, how it prints, and its plain values for JSON. What the figures mean stands in ``ledger``."""

from __future__ import annotations

from dataclasses import asdict, dataclass

STORED = {"dense": "dense, float32", "dense_zlib": "dense, float32, zlib", "saved": "MLP.save (float64, masks, zip)",
          "csr": "CSR, int32 indices", "csr_small": "CSR, smallest indices",
          "csr_small_zlib": "CSR, smallest indices, zlib", "compact": "compact dense, float32",
          "compact_csr": "compact CSR, smallest indices", "compact_csr_zlib": "compact CSR, smallest indices, zlib"}
RUN = {"dense": "dense", "csr": "CSR", "compact": "compact dense", "compact_csr": "compact CSR"}


@dataclass(frozen=True)
class LayerLedger:
    """The weights of one layer; biases are not counted.

    Attributes
    ----------
    n_in, n_out : int
    n_weights, n_kept, n_in_effect : int
        All, those whose mask is True, those of them that have an effect (see ``compact``).
    n_zero : int
        Kept weights that are exactly 0.
    unread_inputs, dead_units : int
        Inputs that no weight in effect reads; units without an input or without an output left (of the last layer:
        without an input, so that the output is constant).
    """

    n_in: int
    n_out: int
    n_weights: int
    n_kept: int
    n_in_effect: int
    n_zero: int
    unread_inputs: int
    dead_units: int


@dataclass(frozen=True)
class Ledger:
    """What a net costs; ``print`` shows it, ``as_dict`` gives plain values for JSON.

    Attributes
    ----------
    layers : tuple of LayerLedger
    n_biases : int
        All of them, pruned or not.
    bytes : dict of str to int
        Of every stored form, all biases included.
    multiply_adds : dict of str to int
        For one sample, of every form that runs; biases and activations come on top.
    difference : float
        The largest difference between an output of any form and of the dense one, in float32.
    batch_size, repeats : int
    batch_seconds, sample_seconds : dict of str to Seconds, or None
        Of a batch and of a single sample, low quartile, median and high quartile; None without timing.
    """

    layers: tuple
    n_biases: int
    bytes: dict
    multiply_adds: dict
    difference: float
    batch_size: int
    repeats: int
    batch_seconds: dict | None
    sample_seconds: dict | None

    def as_dict(self):
        """The figures as plain dicts, lists and numbers, which ``json.dumps`` takes."""
        return asdict(self) | {"layers": [asdict(layer) for layer in self.layers]}

    def __str__(self):
        return "\n".join([*_weight_lines(self), "", *_byte_lines(self), "", *_run_lines(self)])


def _weight_lines(ledger):
    yield (f"{f'weights (without the {ledger.n_biases:,} biases)':<34}{'kept of all':>19}{'share':>9}{'in effect':>11}"
           f"{'unread inputs':>16}{'dead units':>13}")
    for l, a in enumerate(ledger.layers):
        yield (f"  {f'layer {l}: {a.n_in} to {a.n_out}':<32}{f'{a.n_kept:,} / {a.n_weights:,}':>19}"
               f"{a.n_kept / a.n_weights:>9.2%}{a.n_in_effect:>11,}{f'{a.unread_inputs} / {a.n_in}':>16}"
               f"{f'{a.dead_units} / {a.n_out}':>13}")
    every, kept, effect, zero = (sum(getattr(a, name) for a in ledger.layers)
                                 for name in ("n_weights", "n_kept", "n_in_effect", "n_zero"))
    yield f"  {'all layers':<32}{f'{kept:,} / {every:,}':>19}{kept / every:>9.2%}{effect:>11,}"
    yield "  In effect: kept, and the output needs it. Unread inputs: those of no weight in effect. Dead units: nothing"
    yield "  comes in, or nothing goes out, directly or through others; in the last layer, an output that is constant."
    if kept > effect:
        yield f"  Kept, but without any effect: {kept - effect:,}. nnprune.drop_dead(net) prunes them."
    if zero:
        yield (f"  Kept, but exactly 0: {zero:,}. Only a mask says pruned; to call them so: "
               f"net.masks = [W != 0 for W in net.weights]")


def _byte_lines(ledger):
    dense = ledger.bytes["dense"]
    yield f"{'bytes on disk (with all biases)':<40}{'bytes':>13}{'of dense':>11}"
    for name, label in STORED.items():
        yield f"  {label:<38}{ledger.bytes[name]:>13,}{ledger.bytes[name] / dense:>11.1%}"
    yield "  CSR: compressed sparse rows, kept weights and their places. Compact: without dead units and unread inputs."
    larger = [label for name, label in STORED.items() if ledger.bytes[name] > dense]
    yield f"  Larger than dense, float32: {'; '.join(larger) or 'none'}."


def _run_lines(ledger):
    times = [(f"a batch of {ledger.batch_size}", ledger.batch_seconds), ("one sample", ledger.sample_seconds)]
    times = [] if ledger.batch_seconds is None else times
    yield f"{'forward pass (float32)':<26}{'multiply-adds':>14}{'of dense':>13}" + "".join(
        f"{name + ', us':>25}{'of dense':>11}" for name, _ in times)
    dense = ledger.multiply_adds["dense"]
    for name, label in RUN.items():
        yield f"  {label:<24}{ledger.multiply_adds[name]:>14,}{ledger.multiply_adds[name] / dense:>13.1%}" + "".join(
            f"{_microseconds(t[name]):>25}{t[name].median / t['dense'].median:>11.0%}" for _, t in times)
    yield (f"  Multiply-adds are for one sample, without biases. The outputs of all four differ by "
           f"{ledger.difference:.1g} at most.")
    if times:
        yield (f"  Times: the median of {ledger.repeats} measurements, in brackets their middle half. Dense on the "
               f"cores that BLAS is given,")
        yield "  CSR (scipy.sparse) on one. Compact forms pick their inputs out of all at every call: that is counted."
    for name, t in times:
        yield from _in_words(name, t)


def _microseconds(t):
    low, median, high = (f"{1e6 * s:,.0f}" if s >= 1e-4 else f"{1e6 * s:.1f}" for s in (t.low, t.median, t.high))
    return f"{median} ({low}-{high})"


def _in_words(name, times):
    """Which forms are slower than dense, and which are faster."""
    found = {verdict: [label for form, label in RUN.items()
                       if form != "dense" and times[form].compared(times["dense"]) == verdict]
             for verdict in ("slower", "faster", "no clear difference")}
    yield f"  On {name}, slower than dense: {', '.join(found['slower']) or 'none'}; " + "; ".join(
        f"{verdict}: {', '.join(found[verdict]) or 'none'}" for verdict in ("faster", "no clear difference")) + "."
