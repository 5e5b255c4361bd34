"""Reproduce a published table: ours beside the published figure, with a verdict.

    python -m nnprune.reproduce --list             the names, and what each reproduces
    python -m nnprune.reproduce xor                one table; the same command goes on after Ctrl-C or kill -9
    python -m nnprune.reproduce all                all but the records
    python -m nnprune.reproduce lobs --quick       in seconds, on a part of the data: no verdicts
    python -m nnprune.reproduce lobs --net ~/L-OBS/lenet300-100/original_parameters   the authors' dense net beside ours
    python -m nnprune.reproduce monks --data ~/monks --seeds 20
    python -m nnprune.reproduce all --jobs 4 --max-memory 4      four processes, or as many as 4 GiB have room for
    python -m nnprune.reproduce --page docs/reproduction.md      a page for each that is finished below --out

Writes to --out/NAME: NAME.json (everything), NAME.md (what is printed) and the figures.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

from .._util.checks import check_memory, in_range, whole_number
from .._util.command import KEPT, add_workers, command_parser, exit_code, whole_option, workers_that_fit
from .._util.executor import make_executor, n_jobs
from . import EXPERIMENTS, experiment
from .expected import PYTHON, expected_memory, shared_memory
from .page import write_page
from .runner import prepare, reproduce


def parser(prog="python -m nnprune.reproduce"):
    """The command line."""
    p = command_parser(prog, __doc__)
    p.add_argument("names", nargs="*", metavar="NAME", help=f"of: {' '.join(EXPERIMENTS)}; all: all but records")
    p.add_argument("--list", action="store_true", help="list the names and end")
    p.add_argument("--quick", action="store_true", help="smaller settings and a part of the data, in seconds")
    p.add_argument("--dataset", choices=("mnist", "digits"), default="mnist",
                   help="mnist: the original files, the MONK's too (default); digits: synthetic digits, and for MONK's "
                        "cases sampled by its rules: no verdicts")
    p.add_argument("--data", metavar="DIR", help="the folder with the original files (MNIST's, MONK's, or both)")
    p.add_argument("--net", metavar="DIR", help="lobs, report: the folder of the L-OBS authors' dense net, six files")
    p.add_argument("--seeds", type=int, metavar="N", help="how many seeds (default: as each experiment says)")
    p.add_argument("--seed", type=int, default=0, help="the first seed (default 0)")
    p.add_argument("--out", metavar="DIR", help="default reproduced; with --quick reproduced-quick")
    add_workers(p)
    p.add_argument("--max-memory", type=float, metavar="GIB", help="of all workers together: take fewer of them, or "
                   "refuse before any work")
    p.add_argument("--fresh", action="store_true", help="throw away what an earlier run left below --out/NAME")
    p.add_argument("--page", metavar="FILE", help="put what is finished below --out into the folder of this "
                   "name, write a Markdown page for each JSON file there and FILE as their list, and end")
    return p


def chosen(names):
    """The names on the command line, ``all`` spelled out; ValueError for one that is unknown or missing."""
    if not names:
        raise ValueError(f"a NAME is needed: {', '.join(EXPERIMENTS)}, or all; --list tells what they are")
    every = [name for name in EXPERIMENTS if not name.startswith("records")]
    spelled = [one for name in names for one in (every if name == "all" else [name])]
    for name in spelled:
        experiment(name)
    return list(dict.fromkeys(spelled))


def run(arguments):
    """Do what the command line asks for."""
    out = Path(arguments.out or ("reproduced-quick" if arguments.quick else "reproduced"))
    if arguments.list:
        width = max(map(len, EXPERIMENTS))
        print("\n".join(f"{name.ljust(width)}  {experiment(name).TITLE}" for name in EXPERIMENTS))
        return
    if arguments.page:
        if arguments.names:
            raise ValueError(f"--page shows all that is finished below --out, and takes no {arguments.names[0]!r}")
        print(f"{arguments.page}: {', '.join(write_page(arguments.page, out))}")
        return
    if arguments.data is not None and arguments.dataset == "digits":
        raise ValueError(f"--data {arguments.data} has no meaning with --dataset digits, which needs no file")
    whole_number("--seed", arguments.seed, 0)
    if arguments.seeds is not None:
        whole_option("--seeds", arguments.seeds, 1)
    names, workers = chosen(arguments.names), n_jobs(arguments.jobs)
    if arguments.net is not None and not any(takes_net(name) for name in names):
        raise ValueError(f"--net {arguments.net} has no meaning with {' '.join(names)}: lobs and report take a net")
    takes = {name: memory_of(name, arguments) for name in names}
    # Everything that can be refused is refused before any work: a wrong folder, missing data, a wrong number.
    jobs = [prepare(name, out / name, quick=arguments.quick, synthetic=arguments.dataset == "digits",
                    data=arguments.data, seeds=arguments.seeds, first_seed=arguments.seed, fresh=arguments.fresh,
                    net=arguments.net if takes_net(name) else None)
            for name in names]
    ahead = [takes[job.name] for job in jobs if takes[job.name] and not job.folder.finished]
    width = workers_that_fit(workers, *map(max, zip(*ahead)), arguments.max_memory, print) if ahead else workers
    with make_executor(workers if ahead else 1, arguments.executor) as executor:
        for job in jobs:
            job.executor, job.width = executor, width
            reproduce(job)


def takes_net(name):
    """Whether the experiment has something to do with a dense net that is given."""
    return hasattr(experiment(name), "given_net")


def memory_of(name, arguments):
    """Bytes of this process and of a worker, or None; ValueError if both are beyond --max-memory."""
    needed = expected_memory(name, quick=arguments.quick, synthetic=arguments.dataset == "digits") or 0
    here = PYTHON * 2**20 + shared_memory(name)
    if arguments.max_memory is not None:
        most = in_range("--max-memory", arguments.max_memory, 0, math.inf, low_open=True) * 2**30
        check_memory(f"the experiment {name!r}", PYTHON * 2**20 + needed, most, "leave it out, or use --quick")
    return (here, needed - shared_memory(name)) if needed else None


def main(argv=None, prog="python -m nnprune.reproduce"):
    """Run the command line; its exit code: 0, 2 for what cannot be run or written, 130 or 143 if it was stopped."""
    def work():
        run(parser(prog).parse_args(argv))

    return exit_code(work, KEPT)


if __name__ == "__main__":
    sys.exit(main())
