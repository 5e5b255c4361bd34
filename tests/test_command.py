"""The command ``nnprune``: its subcommands, its help, and the environments that must not stop a program."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import nnprune
from nnprune import __main__ as command
from nnprune import demo
from nnprune._util.command import MOST, command_parser, exit_code, whole_option
from nnprune._util.executor import Workers
from nnprune._util.files import atomic_write
from nnprune._util.progress import Progress
from nnprune.pruning import METHODS, Method
from nnprune.replay import __main__ as replay
from nnprune.reproduce import __main__ as reproduce
from nnprune.reproduce.provenance import code_identity

ROOT = Path(nnprune.__file__).parents[1]
TINY = ["demo", "--quick", "--jobs", "1", "--hidden", "4", "--epochs", "1", "--methods", "random", "--sparsities",
        "0.5"]


@pytest.fixture(autouse=True)
def few(few_digits, monkeypatch):
    """What a demo without ``--dataset`` finds."""
    monkeypatch.setenv("NNPRUNE_DATA", str(few_digits))


def run(*arguments, flags=(), shell="", limit="", **environment):
    """``python -m nnprune`` in a process of its own, with the streams as a shell redirects them."""
    call = " ".join([limit, "exec", '"$0"', *flags, "-m", "nnprune", '"$@"', shell])
    return subprocess.run(["sh", "-c", call, sys.executable, *arguments], capture_output=True, text=True, check=False,
                          errors="surrogateescape", env={**os.environ, "PYTHONPATH": str(ROOT), **environment})


def test_help_lists_the_commands_and_version_the_version(capsys):
    assert command.main(["--help"]) == command.main(["-h"]) == 0
    assert command.main([]) == 2
    out = capsys.readouterr().out
    assert all(out.count(f"\n  {name} ") == 3 for name in command.COMMANDS)
    assert command.main(["--version"]) == 0
    assert capsys.readouterr().out == f"nnprune {nnprune.__version__}\n"


def test_an_unknown_command_lists_the_known(capsys):
    assert command.main(["prune"]) == 2
    assert "the command 'prune' is unknown; known are: demo, exercises, explore, lessons," in capsys.readouterr().err


@pytest.mark.parametrize("name", command.COMMANDS)
@pytest.mark.parametrize("called", ["nnprune", "python -m nnprune"])
def test_each_help_calls_the_program_as_the_user_did(name, called, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/bin/nnprune" if called == "nnprune" else "/lib/nnprune/__main__.py"])
    with pytest.raises(SystemExit) as ended:
        command.main([name, "--help"])
    assert ended.value.code == 0
    out = capsys.readouterr().out
    assert out.startswith(f"usage: {called} {name} ")
    assert f"    {called} {name}" in out.split("examples:")[1]
    assert f"-m nnprune.{name}" not in out


def test_programs_of_one_option_have_one_name_for_it():
    parsers = {"demo": demo.parser(), "replay": replay.parser(), "reproduce": reproduce.parser()}
    options = {name: {o for action in p._actions for o in action.option_strings} for name, p in parsers.items()}
    assert {"--dataset", "--data", "--seed", "--quick", "--out"} <= set.intersection(*options.values())
    assert {"--seeds", "--fresh", "--max-memory"} <= options["demo"] & options["reproduce"]
    assert {"--hidden", "--verbose"} <= options["demo"] & options["replay"]


def test_the_help_imports_neither_matplotlib_nor_hypothesis():
    done = run("--help", flags=["-X", "importtime"])
    assert done.returncode == 0
    assert "scipy" in done.stderr
    assert "matplotlib" not in done.stderr
    assert "hypothesis" not in done.stderr


def test_a_missing_package_is_one_line(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['hypothesis'] = None\n")
    done = run("laws", "--list", PYTHONPATH=f"{tmp_path}:{ROOT}")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'error: nnprune.laws needs hypothesis: pip install "nnprune[test]"\n'


def test_the_demo_speaks_within_a_second_and_ends_with_what_to_do_next(tmp_path):
    begin = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "nnprune", *TINY, "--out", "new"], stdout=subprocess.PIPE,
                               text=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)})
    first, spent = process.stdout.readline(), time.perf_counter() - begin
    rest = process.communicate(timeout=60)[0]
    assert process.returncode == 0
    assert first.startswith("nnprune ")
    assert spent < 10  # a second where nothing else runs: what is asserted is that no work came first
    end = rest[rest.index("Next: look at new/curves.png"):].splitlines()
    assert [word for word, line in zip(("explore", "lesson 00", "replay", "nnprune.compare"), end[1:], strict=True)
            if word not in line] == []


@pytest.mark.parametrize("arguments", [TINY, ["laws", "--list"], ["reproduce", "--list"], ["exercises", "02"],
                                       ["replay", "--out", "no/such/folder.html"], ["demo", "--help"]],
                         ids=lambda a: "-".join(a[:2]))
@pytest.mark.parametrize("shell", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams_stop_no_program(arguments, shell, tmp_path):
    if shell == "2>&-" and arguments is TINY:
        pytest.skip("the demo is run with both closed")
    more = ["--out", str(tmp_path / "out")] if arguments is TINY else []
    if arguments[0] == "exercises":
        more = ["--folder", str(tmp_path)]
    done = run(*arguments, *more, shell=shell)
    assert "Traceback" not in done.stderr + done.stdout
    assert "Error:" not in done.stderr
    assert done.returncode == (2 if arguments[0] in ("replay", "exercises") else 0)
    if arguments is TINY:
        assert (tmp_path / "out" / "curves.png").exists()


@pytest.mark.parametrize("arguments", [TINY, ["laws", "--list"], ["reproduce", "--list"], ["replay", "--help"],
                                       ["exercises", "--help"]], ids=lambda a: "-".join(a[:2]))
def test_without_docstrings_and_asserts(arguments, tmp_path):
    more = ["--out", str(tmp_path / "out")] if arguments is TINY else []
    done = run(*arguments, *more, flags=["-OO"])
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout) > 100


@pytest.mark.parametrize(("name", "backend"), [
    ("Ergebnisse-für-später", "module://matplotlib_inline.backend_inline"),
    (os.fsdecode(b"not-utf8-\xff"), "nonsense")])
def test_neither_a_folder_that_the_terminal_cannot_print_nor_a_backend_ends_the_demo(name, backend, tmp_path):
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        pytest.skip("no file can have this name here")
    done = run(*TINY, "--out", str(tmp_path / name), PYTHONIOENCODING="ascii:strict", MPLBACKEND=backend)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / name / "table.csv").exists()
    assert (tmp_path / name / "curves.png").exists()


@pytest.mark.parametrize(("arguments", "option"), [
    (["demo", "--epochs", "9" * 21], "--epochs"), (["demo", "--seeds", "9" * 21], "--seeds"),
    (["demo", "--hidden", "9" * 21], "--hidden"), (["replay", "--hidden", "9" * 21], "--hidden"),
    (["reproduce", "xor", "--dataset", "digits", "--seeds", "9" * 21], "--seeds"),
    (["exercises", "02", "--examples", "9" * 21], "--examples")])
def test_a_number_beyond_all_bounds_is_named_with_its_option(arguments, option, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert command.main(arguments) == 2
    assert f"error: {option} must be at most 1,000,000,000, but it is {'9' * 21}" in capsys.readouterr().err


@pytest.mark.parametrize(("start", "said"), [
    ("runpy._run_module_as_main('nnprune')", "error: nnprune needs Python 3.10 or newer, and this is 3.9"),
    ("import nnprune", "ImportError: nnprune needs Python 3.10 or newer, and this is 3.9")])
def test_a_python_that_is_too_old_is_one_line(start, said):
    code = f"import runpy, sys; sys.version_info = (3, 9, 18); sys.argv[:1] = ['-m']; {start}"
    code = code if "runpy._" in start else code.replace("['-m']", "['-c']")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == said
    assert ("Traceback" in done.stderr) == said.startswith("ImportError")


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such signals")
def test_sigterm_in_the_middle_of_a_file_leaves_nothing(tmp_path, capsys):
    def work():
        with atomic_write(tmp_path / "page.html", "w") as f:
            f.write("half")
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(60)

    assert exit_code(work, "Nothing was written.") == 143
    assert capsys.readouterr().err == "\nStopped by SIGTERM. Nothing was written.\n"
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps to the limit")
@pytest.mark.parametrize(("megabytes", "hidden", "code", "said"), [
    (400, "8", 2, r"error: a process here may take 700 MiB of addresses, and ulimit -v allows it 400 MiB: raise that"),
    (800, "3000", 2, r"error: (a process here may take .* MiB: raise|out of memory \(.*\): take a smaller net)"),
])
def test_too_few_addresses_are_one_line(megabytes, hidden, code, said, tmp_path):
    done = run("demo", "--dataset", "digits", "--quick", "--hidden", hidden, "--epochs", "1", "--methods", "lobs-exact",
               "--jobs", "1", "--out", str(tmp_path / "out"), limit=f"ulimit -v {megabytes * 1024};")
    assert done.returncode == code, done.stderr
    assert re.fullmatch(said + ".*\n", done.stderr), done.stderr


def test_a_worker_out_of_memory_is_one_line(capsys):
    with Workers(1) as executor:
        assert exit_code(lambda: list(executor.map(np.empty, [2**50]))) == 2
    assert re.fullmatch(r"error: out of memory \(Unable to allocate .*\): take a smaller net, .*\n",
                        capsys.readouterr().err)


def test_the_pieces():
    assert whole_option("--n", 3, 1) == 3
    with pytest.raises(ValueError, match="--n must be at most"):
        whole_option("--n", MOST + 1, 1)
    assert command_parser("nnprune demo", None).format_help().startswith("usage: nnprune demo")

    def out_of_memory():
        raise MemoryError("8 EiB")

    assert exit_code(out_of_memory) == 2
    closed = Progress("work", every=0)
    closed.stream, closed.terminal = None, False
    closed(1, 2)
    closed.close()


def test_where_mnist_is_not_one_line_says_so_and_verbose_says_what_was_tried(monkeypatch, tmp_path, capsys):
    monkeypatch.delenv("NNPRUNE_DATA", raising=False)

    def no_mnist(directory, download):
        raise ConnectionError("URLError one\nURLError two")

    monkeypatch.setattr("nnprune.datasets.choose.load_mnist", no_mnist)
    assert command.main([*TINY, "--out", str(tmp_path / "a")]) == 0
    out = capsys.readouterr().out
    assert "SYNTHETIC DIGITS instead (--verbose says what was tried)\n" in out
    assert "URLError" not in out
    assert command.main([*TINY, "--out", str(tmp_path / "b"), "--verbose"]) == 0
    assert "URLError two" in capsys.readouterr().out


def test_a_plugged_in_method_whose_code_changed_is_not_shown_from_the_old_run(tmp_path, monkeypatch, capsys):
    def write(sign):
        (tmp_path / "mine.py").write_text(
            "import numpy as np\nimport nnprune\n\ndef prune(net, *, sparsity):\n"
            f"    scores = [{sign} * np.abs(np.column_stack([W, b])) for W, b in zip(net.weights, net.biases)]\n"
            "    return nnprune.prune_by_scores(net, scores, sparsity=sparsity)\n")
        namespace = {}
        exec(compile((tmp_path / "mine.py").read_text(), str(tmp_path / "mine.py"), "exec"), namespace)
        monkeypatch.setitem(METHODS, "mine", Method(namespace["prune"], "mine", "#123456", "*"))
        return code_identity([namespace["prune"]])

    calls = [*TINY[:TINY.index("random")], "mine", "--sparsities", "0.5", "--out", str(tmp_path / "out")]
    before = write(1)
    assert command.main(calls) == 0
    assert command.main(calls) == 0
    assert "This run was finished" in capsys.readouterr().out
    assert write(-1) != before
    assert command.main(calls) == 2
    assert "with code = " in capsys.readouterr().err
    assert code_identity([np.sum, len, lambda: 1]) != code_identity([])
