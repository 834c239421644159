"""drift bench: drifts against each other on environments, with statistics."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import tyro

from discovery.commands.options import emit, experiment_in, parse_options, say, value_in
from discovery.experiment import DEFAULT_PRESET, Experiment, load_preset
from discovery.runs import CURVES, SCORES, Run


@dataclass(frozen=True)
class BenchOptions:
    """Train agents with each drift on each environment from the same held-out seeds, and compare their returns.

    Attributes:
        drifts: comma-separated: zoo names, run directories, expr:FORMULA.
        envs: comma-separated environments; by default the preset's.
        seeds: training runs for each drift and environment; by default the preset's.
        preset: where the settings of the inner loop come from.
        experiment: the settings, a preset's unless overridden.
        runs: the folder in which the run directory is made.
        json: one JSON object for each drift and environment on stdout.
    """

    experiment: Annotated[Experiment, tyro.conf.arg(name="")]
    drifts: str = "none,ppo,dpo"
    envs: str | None = None
    seeds: int | None = None
    preset: str = DEFAULT_PRESET
    runs: Path = Path("runs")
    json: bool = False


def main(args: list[str]) -> int:
    """Run the command; returns the exit code."""
    preset = load_preset(value_in(args, "--preset") or DEFAULT_PRESET)
    options = parse_options(BenchOptions, args, command="bench", default=BenchOptions(experiment=preset))
    experiment = experiment_in(args, options.experiment)
    if options.seeds is not None:
        experiment = replace(experiment, bench=replace(experiment.bench, seeds=options.seeds))
    names = _listed(options.drifts, "--drifts")
    tasks = list(experiment.task) if options.envs is None else _listed(options.envs, "--envs")
    from discovery.commands.drifts import resolve_drift
    from discovery.report.progress import progress_bar
    from discovery.rl.task import make_task

    drifts = [resolve_drift(name) for name in names]
    environments = [make_task(name) for name in tasks]
    config = {**experiment.to_json(), "drifts": names, "envs": tasks}
    run = Run.create(options.runs, "bench", config)
    warn_unless_proved(drifts)
    rows, curves = [], {}
    try:
        with progress_bar() as progress:
            for task in environments:
                found, by_drift = score(task, experiment, _labelled(drifts, names), progress)
                rows += found
                curves |= {f"{task.name}/{name}": values for name, values in by_drift.items()}
                if options.json:
                    for row in found:
                        emit(row)
    finally:  # an interrupt keeps the environments that are finished
        if rows:
            run.write_json(SCORES, rows)
            run.write_arrays(CURVES, curves)
    if not options.json:
        from discovery.report.terminal import print_scores

        print_scores(rows)
    say(f"run directory: {run.path}")
    return 0


def warn_unless_proved(drifts: Sequence[Any]) -> None:
    """Say on stderr which formulas are not proved valid drifts, and which condition fails or is open."""
    from discovery.distillation import decide_all
    from discovery.proof.verdict import Verdict

    formulas = [named for named in drifts if named.expr is not None]
    for named, decision in zip(formulas, decide_all([named.expr for named in formulas]), strict=True):
        if decision.verdict is not Verdict.PROVED:
            failing = [key for key, condition in decision.conditions.items() if condition.verdict is decision.verdict]
            verdict = f"{decision.verdict.value}: {', '.join(failing)}"
            say(f"note: {named.name} is not a proved drift ({verdict}); no guarantee holds for it")


def score(
    task: Any, experiment: Experiment, drifts: dict[str, tuple[Any, Any]], progress: Any
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """(rows, curves) of drifts on a task, on the benchmark's own seeds."""
    from discovery.benchmark.scores import score_drifts
    from discovery.rl.seeds import Stream, stream_keys

    keys = stream_keys(experiment.train.seed, Stream.BENCHMARK, experiment.bench.seeds)
    ppo, metric = experiment.ppo_of(task.name), experiment.bench.metric
    matrix = score_drifts(task, ppo, drifts, keys=keys, metric=metric, progress=progress)
    return matrix.rows(rng=np.random.default_rng(0)), matrix.curves


def _labelled(drifts: Sequence[Any], names: Sequence[str]) -> dict[str, tuple[Any, Any]]:
    return {name: (drift.drift, drift.params) for name, drift in zip(names, drifts, strict=True)}


def _listed(text: str, flag: str) -> list[str]:
    """A comma-separated list; commas inside brackets belong to a formula."""
    items, depth, current = [], 0, ""
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            items.append(current.strip())
            current = ""
        else:
            current += character
    items.append(current.strip())
    if not all(items):
        raise ValueError(f"bench: {flag} {text!r} has an empty entry; give names separated by commas")
    for item in items:
        if items.count(item) > 1:
            raise ValueError(f"bench: {flag} names {item!r} twice")
    return items
