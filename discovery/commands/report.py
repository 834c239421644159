"""drift report: figures and report for a run."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from discovery.commands.options import emit, parse_options, say
from discovery.runs import DRIFT, REPORT, Run

if TYPE_CHECKING:
    from discovery.report.surfaces import Surface


@dataclass(frozen=True)
class ReportOptions:
    """Write report.md and its figures into a run directory; an unfinished run gets what there is.

    Attributes:
        run: a run directory.
        json: the report's path as a JSON object on stdout.
    """

    run: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="RUN")]
    json: bool = False


def main(args: list[str]) -> int:
    """Run the command; returns the exit code."""
    options = parse_options(ReportOptions, args, command="report")
    path = write_report(Run.open(options.run))
    if options.json:
        emit({"report": str(path)})
    else:
        say(f"report: {path}")
    return 0


def write_report(run: Run) -> Path:
    """report.md and its figures, from what the run holds; returns the report's path."""
    from discovery.report.findings import read_findings
    from discovery.report.gallery import gallery, save
    from discovery.report.markdown import to_markdown

    findings = read_findings(run)
    captions = {}
    for picture in gallery(findings, _surfaces(run, findings)):
        captions[picture.name] = picture.caption
        for name, data in save(picture).items():
            run.replace_bytes(name, data)
    return run.replace_text(REPORT, to_markdown(findings, captions))


def _surfaces(run: Run, findings: Any) -> "list[Surface]":
    """The drifts of the run on the figures' grid, those that see progress at three moments of training."""
    import jax.numpy as jnp
    import numpy as np

    from discovery.commands.drifts import learned_drift, resolve_drift
    from discovery.drifts.slope import objective_slope
    from discovery.report.surfaces import ADVANTAGES, LOG_RATIOS, MOMENTS, Surface

    if DRIFT not in run:
        return []
    shown = {"ppo": resolve_drift("ppo"), "dpo": resolve_drift("dpo"), "network": learned_drift(run.path)}
    if best := findings.best_formula():
        shown[best] = resolve_drift(f"expr:{best}")
    ratios, found = np.exp(LOG_RATIOS), []
    r, a = (grid.astype(np.float32) for grid in np.meshgrid(ratios, ADVANTAGES))
    for name, named in shown.items():
        for moment in MOMENTS if named.drift.sees_progress else (None,):
            at = moment or 0.0
            values = named.drift.evaluate(named.params, jnp.asarray(r), jnp.asarray(a), at)
            slope = objective_slope(named.drift, named.params, ratios, ADVANTAGES, progress=at)
            found.append(Surface(name, ratios, ADVANTAGES, np.asarray(values), slope, moment))
    return found
