"""The corpus of broken files: every one gets its verdict, and nothing else happens (docs/corpus.md)."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import broken_npz
import fuzz
import fuzz_targets
import make_corpus
import numpy as np
import pytest

import nnprune
from nnprune._util.files import MUCH, SOUND_RATIO
from nnprune._util.npz_reader import read_npz
from nnprune.analysis.certificate import read_certificate
from nnprune.datasets.idx import IdxError, read_idx, write_idx
from nnprune.datasets.mnist import load_mnist
from nnprune.laws.broken_idx import BROKEN, ODD, gzipped, header
from nnprune.nn.mlp import MLP
from nnprune.nn.saving import write_arrays

IDX, NPZ = make_corpus.CORPUS / "idx", make_corpus.CORPUS / "npz"
MB = 2**20


def verdict(read, path):
    """Type and message of the error that reading ends in; a warning is an error in the tests, so there is none."""
    with pytest.raises((ValueError, OSError)) as caught:
        read(path)
    text = str(caught.value)
    assert str(path) in text
    assert len(text) < len(str(path)) + 400
    assert text.isprintable()
    return type(caught.value), text


# ---- the files


def test_files_and_page_are_what_the_script_makes():
    made = make_corpus.files()
    paths = [path for folder in (IDX, NPZ) for path in folder.rglob("*") if path.is_file()]
    there = {path.relative_to(make_corpus.CORPUS).as_posix(): path.read_bytes() for path in paths}
    assert there == made, "run: python tools/make_corpus.py"
    assert make_corpus.PAGE.read_text(encoding="utf-8") == make_corpus.page(), "run: python tools/make_corpus.py"
    assert len(BROKEN) + len(broken_npz.BROKEN) >= 40
    assert sum(map(len, made.values())) < 300_000
    assert set(make_corpus.IDX_SAYS) == set(BROKEN)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_idx_file(name):
    kind, text = verdict(read_idx, IDX / name)
    assert kind is IdxError
    assert make_corpus.IDX_SAYS[name] in text
    assert re.search(r": expected .+, found .+", text)


@pytest.mark.parametrize("name", ODD)
def test_an_odd_idx_file_is_read(name):
    np.testing.assert_array_equal(read_idx(IDX / "odd" / name), ODD[name][2], strict=True)


@pytest.mark.parametrize("name", broken_npz.BROKEN)
def test_a_broken_net(name):
    kind, text = verdict(MLP.load, NPZ / f"{name}.npz")
    assert kind is ValueError
    assert broken_npz.BROKEN[name][1] in text
    assert verdict(read_certificate, NPZ / f"{name}.npz")[0] is ValueError


@pytest.mark.parametrize("name", broken_npz.ODD)
def test_an_odd_net_is_loaded(name):
    net = MLP.load(NPZ / "odd" / f"{name}.npz")
    for got, wanted in zip([*net.weights, *net.masks], [broken_npz.W0, broken_npz.W1, broken_npz.W0 != 0,
                                                     np.ones((2, 3), bool)], strict=True):
        np.testing.assert_array_equal(got, wanted, strict=True)
    np.testing.assert_array_equal(net.biases[0], [0.1, -0.2, 0.3])
    assert net.biases[1] is None
    assert (net.activation, net.loss_name) == ("tanh", "mse")
    assert all(a.dtype.isnative and a.flags.writeable for a in read_npz(NPZ / "odd" / f"{name}.npz").values())


# ---- what no archive can hold


@contextlib.contextmanager
def without_rights():
    """As a user who is not root; the system grants root everything."""
    if not hasattr(os, "geteuid"):
        pytest.skip("Windows has no users of this kind")
    if os.geteuid() == 0:
        try:
            os.seteuid(65534)
        except OSError:
            pytest.skip("root, and may not become another user")
    try:
        yield
    finally:
        if os.getuid() == 0:
            os.seteuid(0)


@pytest.mark.usefixtures("links")
@pytest.mark.parametrize("read", [read_idx, MLP.load])
def test_what_is_there_in_the_place_of_a_file(read, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("gone")
    assert verdict(read, tmp_path / "gone")[0] is FileNotFoundError
    assert verdict(read, tmp_path / "dangling")[0] is FileNotFoundError
    kind, text = verdict(read, tmp_path / "folder")
    assert kind is IsADirectoryError
    assert "expected a file, found a folder" in text
    assert verdict(read, tmp_path / "loop")[0] is OSError
    assert verdict(read, tmp_path / ("x" * 5000))[0] is OSError


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
@pytest.mark.parametrize("read", [read_idx, MLP.load])
def test_devices_and_pipes(read, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for device in (tmp_path / "pipe", Path("/dev/zero")):
        kind, text = verdict(read, device)
        assert issubclass(kind, ValueError)
        assert "a device or a pipe" in text


@pytest.mark.parametrize(("read", "name"), [(read_idx, "idx/odd/sound"), (MLP.load, "npz/odd/sound.npz")])
def test_a_file_that_may_not_be_read(read, name, tmp_path):
    path = tmp_path / "closed"
    path.write_bytes((make_corpus.CORPUS / name).read_bytes())
    read(path)
    path.chmod(0)
    with without_rights():
        assert verdict(read, path)[0] is PermissionError


def test_swapped_files_of_mnist(tmp_path):
    for part, n in (("train", 3), ("t10k", 2)):
        write_idx(tmp_path / f"{part}-labels-idx1-ubyte", np.zeros((n, 28, 28), np.uint8))
        write_idx(tmp_path / f"{part}-images-idx3-ubyte", np.zeros(n, np.uint8))
    with pytest.raises(IdxError, match="train-images-idx3-ubyte: .* are the image and the label file swapped?"):
        load_mnist(tmp_path)


def gzip_of_a_gigabyte(path):
    """2 MB of gzip that promise 1 GB, which deflate could hold."""
    path.write_bytes(gzipped(header(0x08, 2**30)).ljust(2 * MB, b"\0"))
    return path


def test_gzip_that_swells_a_hundredfold_beyond_256_MB(tmp_path):
    kind, text = verdict(read_idx, gzip_of_a_gigabyte(tmp_path / "large"))
    assert kind is IdxError
    assert f"at most {max(MUCH, 2 * MB * SOUND_RATIO)} bytes" in text
    assert text.endswith("it may be a gzip bomb; if you trust it, unpack it with gunzip")


def test_a_large_net_of_zeros_is_no_bomb(tmp_path, monkeypatch):
    net = MLP((300, 300), rng=0)
    net.set_masks([np.arange(300)[:, None].repeat(300, axis=1) == 0])
    for much in (10**6, 10**5):  # the net has 0.8 MB and compresses to a hundredth of it
        monkeypatch.setattr("nnprune.nn.saving.MUCH_OF_A_NET", much)
        monkeypatch.setattr("nnprune._util.npz_reader.MUCH_OF_A_NET", much)
        net.save(tmp_path / "net.npz")
        assert ((tmp_path / "net.npz").stat().st_size > 8 * 10**5) == (much == 10**5)
        np.testing.assert_array_equal(MLP.load(tmp_path / "net.npz").weights[0], net.weights[0])


@pytest.mark.parametrize(("text", "says"), [
    ("[" * 10**5, "no certificate"), ('{"layers": [{}]}', "'method' is missing"), ("{}", "'layers' is missing"),
    ('{"layers": 1}', "'int' has no len"), ({"layers": ["a"]}, "string indices"), ({"method": 5}, "is 5, not a text"),
    ({"measured": "0.5"}, "measured is '0.5', not a number"), ({"damping": None}, "damping is None, not a number"),
    ({"version": 3}, "its version is 3; this nnprune reads 1 and 2, so take a newer one"),
    ({"n_weights": [1]}, "n_weights is [1], not a number"), ({"n_removed": True}, "n_removed is True, not a number"),
    ({"n_weights": 10**400}, "too large"), ({"bound": "x" * 10**4}, "bound is 'xxx"),
])
def test_claims_that_are_none(text, says, tmp_path):
    net, x = MLP((2, 1), loss="mse", rng=0), np.eye(2)
    result = nnprune.prune_lobs(net, x, sparsity=0.5)
    certificate = nnprune.certify(net, result, x)
    certificate.save(tmp_path / "c.npz", net, result.net)
    assert str(nnprune.check_certificate(tmp_path / "c.npz", x)) == str(certificate)
    arrays = read_npz(tmp_path / "c.npz")
    if isinstance(text, dict):
        claims = json.loads(str(arrays["certificate"]))
        (name, value), = text.items()
        (claims if name in claims else claims["layers"][0])[name] = value
        text = json.dumps(claims)
    write_arrays(tmp_path / "c.npz", arrays | {"certificate": np.array(text)})
    kind, message = verdict(lambda path: nnprune.check_certificate(path, x), tmp_path / "c.npz")
    assert kind is ValueError
    assert "c.npz: no certificate (" in message
    assert says in message


def test_an_archive_of_thousands_of_members(tmp_path):
    (tmp_path / "net.npz").write_bytes(broken_npz.overlapping(5000))
    assert "it may be a zip bomb" in verdict(MLP.load, tmp_path / "net.npz")[1]


# ---- memory, and what is run, in a process of its own

CHILD = """
import resource, sys, warnings
from pathlib import Path
from nnprune.datasets.idx import read_idx
from nnprune.nn.mlp import MLP
from nnprune.nn.saving import write_arrays
from nnprune._util.npz_reader import read_npz

warnings.simplefilter("error")
pages = int(Path("/proc/self/statm").read_text().split()[0])
limit = pages * resource.getpagesize() + 256 * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
try:
    bytearray(300 * 2**20)
except MemoryError:
    print("limited")
import encodings.cp437, encodings.utf_32_be, encodings.utf_32_le  # what zipfile and text need is there before the hook
suspects = {"compile", "exec", "import", "marshal.loads", "os.exec", "os.fork", "os.posix_spawn", "os.system",
            "pickle.find_class", "socket.connect", "subprocess.Popen"}
sys.addaudithook(lambda event, args: event in suspects and print("ran", event, str(args)[:50]))
for path in sys.argv[1:]:
    try:
        (MLP.load if path.endswith(".npz") else read_idx)(path)
        print("read", path)
    except (ValueError, OSError) as error:
        print("refused", path)
status = Path("/proc/self/status").read_text()  # ru_maxrss of a child begins with that of the process that made it
print("peak", status.partition("VmHWM:")[2].split()[0])
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits as Linux has them")
def test_the_whole_corpus_takes_little_memory_and_runs_nothing(tmp_path):
    paths = [str(make_corpus.CORPUS / name) for name in make_corpus.files()]
    paths.append(str(gzip_of_a_gigabyte(tmp_path / "large")))
    done = subprocess.run([sys.executable, "-c", CHILD, *paths], capture_output=True, text=True, check=False,
                          env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == "limited"
    assert [line for line in lines if line.startswith("ran")] == []
    assert lines[1:-1] == [f"{'read' if '/odd/' in path else 'refused'} {path}" for path in paths]
    assert int(lines[-1].split()[1]) * 1024 < 512 * MB


# ---- the fuzzers: what they judge with, and what they do with a finding


@pytest.mark.parametrize("name", ["idx", "net"])
def test_no_seed_of_a_fuzzer_nor_its_neighbours_is_a_finding(name):
    target, rng = getattr(fuzz_targets, f"fuzz_{name}"), np.random.default_rng(0)
    for seed in getattr(fuzz_targets, f"{name}_seeds")():
        target(seed)
        changed = bytearray(seed)
        changed[rng.integers(len(seed))] = rng.integers(256)
        target(bytes(changed))


def test_a_fuzzer_would_notice(monkeypatch):
    monkeypatch.setattr(fuzz_targets, "parse_idx", lambda raw, name: np.zeros(2, np.uint8))
    with pytest.raises(AssertionError, match="not the file's"):
        fuzz_targets.fuzz_idx(b"\0" + ODD["sound"][1])
    with pytest.raises(AssertionError, match="does not name the file"):
        fuzz_targets.judge(ValueError("something is wrong"))


def test_a_finding_is_made_smaller(tmp_path, monkeypatch):
    def target(data):
        if b"b" in data and b"d" in data:
            raise RuntimeError

    monkeypatch.setattr(fuzz, "_target", lambda name: target)
    data = bytes(range(256))
    path = tmp_path / fuzz.fails(target, data)
    path.write_bytes(data)
    assert fuzz._smaller("any", path) == path
    assert path.read_bytes() == b"bd"


@pytest.mark.nightly
@pytest.mark.parametrize("name", ["idx", "net"])
def test_half_a_minute_of_fuzzing_finds_nothing(name, tmp_path):
    pytest.importorskip("atheris")
    done = subprocess.run([sys.executable, fuzz.__file__, name, "--minutes", "0.5", "--work", tmp_path],
                          capture_output=True, text=True, check=False)
    assert done.stdout.endswith("no findings\n")
    assert done.returncode == 0
