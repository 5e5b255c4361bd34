"""Run the laws of pruning on a function.

    python -m nnprune.laws homework:saliency --as saliency
    python -m nnprune.laws --list                              the kinds of functions, and the laws of each

Exit code 0: all laws hold; 1: a law is broken; 2: the function or an option was not understood. The module is a Python
program and is run, with all your rights: check those of others only where you would run their programs.
"""

from __future__ import annotations

import importlib

from .._util.command import command_parser, exit_code, leave
from . import KINDS, LAWS, check
from .convention import DAMPED_BY


def parser(prog="python -m nnprune.laws"):
    """The command line."""
    p = command_parser(prog, __doc__)
    p.add_argument("function", nargs="?", help="module:function, importable from here")
    p.add_argument("--as", dest="kind", choices=KINDS, help="what it is")
    p.add_argument("--method", help="what it claims to be: " + "; ".join(
        f"{name}: {', '.join(kind.methods)}" for name, kind in KINDS.items() if len(kind.methods) > 1))
    p.add_argument("--damping", type=float, default=0.0, help="how an OBS pruner of a layer damps H: 0.01, say")
    p.add_argument("--damping-by", choices=DAMPED_BY, default="mean",
                   help="of H's mean diagonal, or of each column's own entry (default: %(default)s)")
    p.add_argument("--tolerance", type=float, default=0.0, help="the share by which an answer may be off")
    p.add_argument("--examples", type=int, default=100, help="cases a law (default: %(default)s)")
    p.add_argument("--seed", type=int, default=0, help="the same seed draws the same cases (default: %(default)s)")
    p.add_argument("--laws", help="names of laws, separated by commas (default: all)")
    p.add_argument("--deadline", type=float, default=5.0, help="seconds a call may take (default: %(default)s)")
    p.add_argument("--json", action="store_true", help="the report as JSON")
    p.add_argument("--list", action="store_true", help="list the kinds and their laws, and end")
    return p


def listing():
    """All kinds and laws as text."""
    return "\n".join(f"{name}: {kind.call}\n" + "\n".join(f"    {law.name:<45} {law.formula}" for law in LAWS[name])
                     for name, kind in KINDS.items())


def find_function(place):
    """The function that ``module:function`` names."""
    module, _, name = place.partition(":")
    found = importlib.import_module(module.removesuffix(".py"))
    for part in name.split("."):
        found = getattr(found, part)
    return found


def main(arguments=None, prog="python -m nnprune.laws"):
    """Run the laws that the command line asks for; return the exit code."""
    return exit_code(lambda: run(arguments, parser(prog)))


def run(arguments, p):
    """What ``main`` does with the parser ``p``; the exit code."""
    options = p.parse_args(arguments)
    if options.list:
        print(listing())
        return 0
    if not options.function or ":" not in options.function or not options.kind:
        p.error("module:function and --as are needed, for instance: homework:saliency --as saliency")
    try:
        board = check(find_function(options.function), options.kind, method=options.method, seed=options.seed,
                      laws=options.laws.split(",") if options.laws else None, examples=options.examples,
                      deadline=options.deadline, damping=options.damping, damping_by=options.damping_by,
                      tolerance=options.tolerance, raise_on_failure=False)
    except SyntaxError as error:
        p.error(f"{error.filename}, line {error.lineno}: {error.msg}")
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        p.error(str(error))
    print(board.to_json() if options.json else board)
    return 0 if board.passed else 1


if __name__ == "__main__":
    leave(main())
