"""drift report: figures and report for a run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from discovery.commands.options import emit, parse_options, say
from discovery.experiment import Experiment
from discovery.runs import DRIFT, REPORT, Run

MOMENTS = (0.0, 0.5, 1.0)
"""Of training, at which a drift that sees progress is drawn."""


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
    from discovery.report.markdown import to_markdown

    findings = read_findings(run)
    drawn = []
    for name, figure in _figures(run, findings):
        run.replace_bytes(name, figure)
        drawn.append(name)
    return run.replace_text(REPORT, to_markdown(findings, drawn))


def _figures(run: Run, findings: Any) -> Iterator[tuple[str, bytes]]:
    import numpy as np

    from discovery.commands.drifts import learned_drift, resolve_drift
    from discovery.drifts.slope import objective_slope
    from discovery.report import figures

    if findings.history:
        references = {}
        if len(findings.environments) == 1:  # the scores of several are normalised, those of the benchmark are not
            references = {row["drift"]: row["mean"] for row in findings.rows or () if row["drift"] in ("none", "ppo")}
        yield "metatrain.png", figures.meta_training(findings.history, references)
    if findings.front and all(member["nmse"] is not None for member in findings.front):
        verdicts = {verdict["expression"]: verdict["verdict"] for verdict in findings.verdicts or ()}
        yield "pareto.png", figures.pareto(findings.front, verdicts)
    if DRIFT in run:
        shown = {"ppo": resolve_drift("ppo"), "dpo": resolve_drift("dpo"), "network": learned_drift(run.path)}
        if best := findings.best_formula():
            shown["best formula"] = resolve_drift(f"expr:{best}")

        def slope(named: Any, moment: float = 0.0) -> Any:
            ratios = np.exp(figures.LOG_RATIOS)
            return objective_slope(named.drift, named.params, ratios, figures.ADVANTAGES, progress=moment)

        steady = {name: slope(named) for name, named in shown.items() if not named.drift.sees_progress}
        changing = [
            {f"{name}, progress {moment:g}": slope(named, moment) for moment in MOMENTS}
            for name, named in shown.items()
            if named.drift.sees_progress
        ]
        yield "slopes.png", figures.slope_maps([steady, *changing])
    if findings.curves:
        yield from _curves(run, findings.curves)


def _curves(run: Run, by_task: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, bytes]]:
    import numpy as np

    from discovery.report import figures

    sections = {name: run.manifest["config"].get(name, {}) for name in ("ppo", "env")}
    sections["task"] = run.manifest["config"].get("task", list(by_task))
    experiment = Experiment.from_json(sections)
    for task, curves in by_task.items():
        ppo = experiment.ppo_of(task)
        steps = ppo.batch_size * np.arange(1, ppo.num_updates + 1)
        yield f"curves-{task}.png", figures.learning_curves(curves, steps, task, rng=np.random.default_rng(0))
