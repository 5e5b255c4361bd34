"""From a name on the command line to the files with its findings."""

from __future__ import annotations

import json

from .. import __version__
from .._util.command import KEPT
from . import experiment
from .authors import SOURCE
from .job import Job
from .page import markdown, read_findings
from .provenance import commit, machine, now, versions, weights_sha256
from .run_folder import RunFolder, writable


def prepare(name, path, *, quick, synthetic, data, seeds, first_seed, fresh, net=None):
    """A ``Job`` for the experiment, after all that can be refused was looked at. Nothing is written yet.

    ``net`` is the folder of a dense net, for an experiment that has ``given_net``.

    Raises
    ------
    ValueError
        If the name is unknown or the folder holds another run.
    OSError
        If data are missing or the folder cannot be written to.
    """
    module = experiment(name)
    settings = {**module.SETTINGS, **(module.QUICK if quick else {}), **({} if seeds is None else {"seeds": seeds})}
    writable(path)
    job = Job(name, settings, quick=quick, synthetic=synthetic, data=data, first_seed=first_seed)
    identity = {**settings, "first_seed": first_seed, "quick": quick, "synthetic": synthetic, "version": __version__,
                "data": job.data_identity(module.DATA)}
    if net is not None:
        job.given, job.given_others = module.given_net(net)
        identity["net"] = weights_sha256(job.given)
        if job.given_others:
            job.log(f"--net {net}: a net of this shape, but not the published one, so there will be no verdicts: "
                    f"{', '.join(job.given_others)} {'has' if len(job.given_others) == 1 else 'have'} another SHA-256. "
                    f"The authors' net: {SOURCE}")
    job.folder = RunFolder(path, f"nnprune.reproduce {name}", identity, fresh=fresh)
    return job


def reproduce(job):
    """Run the experiment, or show what it found where it is finished already; return its findings as a dict."""
    module, log, file = experiment(job.name), job.log, job.folder.path / f"{job.name}.json"
    if job.folder.finished and file.exists():
        found = read_findings(file)
        log(f"{job.name}: finished on {job.folder.finished}; --fresh runs it again. What it found:\n")
        log(markdown(found))
        return found
    if job.folder.finished:
        job.folder.redo()
    log(f"{job.name}: {module.TITLE}")
    if job.folder.n_found:
        log(f"  going on after {job.folder.n_found} steps that an earlier run did")
    try:
        findings = module.run(job)
    except ChildProcessError as error:
        raise ChildProcessError(f"{job.name}: {error}. {KEPT}") from None
    found = {"program": "nnprune.reproduce", "name": job.name, "title": module.TITLE, **_provenance(job, module),
             **findings.as_dict(), "steps_sha256": job.folder.sha256}
    _write(job, findings, found)
    log(markdown(found))
    log(f"Written to {job.folder.path}/: {', '.join([f'{job.name}.json', f'{job.name}.md', *findings.figures])}\n")
    return found


def _provenance(job, module):
    """When, where, with what, on what, for how long."""
    usual = {**module.SETTINGS, **(module.QUICK if job.quick else {})}
    options = (" --quick" * job.quick + " --dataset digits" * job.synthetic
               + " --net DIR" * (job.given is not None)
               + f" --seeds {len(job.seeds)}" * (len(job.seeds) != usual["seeds"])
               + f" --seed {job.seeds[0]}" * (job.seeds[0] != 0))
    return {"command": f"python -m nnprune.reproduce {job.name}{options}", "settings": vars(job.settings),
            "seeds": job.seeds, "data": job.data_name(), "quick": job.quick, "synthetic": job.synthetic,
            "comparable": not (job.quick or job.synthetic or job.given_others) and job.original(),
            "seconds": job.seconds, "cpu_seconds": job.cpu_seconds, "peak_memory_mb": job.peak_memory_mb,
            "machine": machine(), "finished": now(), "commit": commit(), "versions": versions()}


def _write(job, findings, found):
    """The figures, the Markdown, and last the JSON; then the folder is finished."""
    for name, (_, draw) in findings.figures.items():
        with job.folder.open(name) as f:
            draw(f)
    with job.folder.open(f"{job.name}.md", "w") as f:
        f.write(markdown(found))
    with job.folder.open(f"{job.name}.json", "w") as f:
        json.dump(found, f, indent=1)
    job.folder.finish()
