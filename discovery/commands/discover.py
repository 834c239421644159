"""drift discover: the whole loop, from random weights to a report."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import tyro
from numpy.typing import NDArray

from discovery.cache import keep_compiled_programs
from discovery.commands.options import emit, experiment_in, parse_options, say
from discovery.commands.scoring import tell_of_unlike_scales
from discovery.commands.train import checked, opened_run, settings_in, train_and_show
from discovery.experiment import DEFAULT_PRESET, Experiment
from discovery.runs import DRIFT, SCORES, SELECTION, VERDICTS, Run


@dataclass(frozen=True)
class DiscoverOptions:
    """Evolve a neural drift, distil it, prove the formulas, compile them, re-run them against ppo, dpo and none.

    Attributes:
        preset: a named set of settings.
        resume: a run directory to go on with: the stages that it lacks, with its settings.
        experiment: the settings, a preset's unless overridden.
        runs: the folder in which the run directory is made.
        json: one JSON object for each benchmarked drift on stdout.
    """

    experiment: Annotated[Experiment, tyro.conf.arg(name="")]
    preset: str = DEFAULT_PRESET
    resume: Path | None = None
    runs: Path = Path("runs")
    json: bool = False


def main(args: list[str]) -> int:
    """Run the command; returns the exit code."""
    settings = settings_in(args)
    options = parse_options(DiscoverOptions, args, command="discover", default=DiscoverOptions(experiment=settings))
    wanted = experiment_in(args, options.experiment)
    require_one_view_of_progress(wanted)
    experiment = checked(options.resume, wanted, settings)
    tell_of_unlike_scales(experiment)
    keep_compiled_programs()
    with opened_run(options.resume, experiment, options.runs, options.preset) as run:
        return _whole_loop(run, experiment, json=options.json)


def _whole_loop(run: Run, experiment: Experiment, *, json: bool) -> int:
    from discovery.report.progress import progress_bar
    from discovery.report.terminal import print_front, print_scores

    try:
        if DRIFT not in run:
            train_and_show(run, experiment)
        with progress_bar() as progress:
            records = _stages(run, experiment, progress)
    except KeyboardInterrupt:
        say(f"{run.path} keeps what is finished. Go on with: drift discover --resume {run.path}")
        raise
    from discovery.commands.report import write_report

    report, rows = write_report(run), run.read_json(SCORES)
    if json:
        for row in rows:
            emit(row)
    else:
        print_front(records)
        print_scores(rows)
    say(f"report: {report}")
    return 0


def require_one_view_of_progress(experiment: Experiment) -> None:
    """Refuse a search that cannot see what the drift sees, or that asks for more.

    Raises:
        ValueError: the drift changes as training proceeds and the grammar does not speak of progress, or the reverse.
    """
    from discovery.grammar.grammar import load_grammar

    variant, distil = experiment.train.variant, experiment.distil
    if experiment.train.sees_progress and distil.backend != "grammar":
        raise ValueError(
            f"discover: variant {variant} changes as training proceeds, and backend {distil.backend} searches "
            "formulas in r and A only; give --distil.backend grammar --distil.grammar temporal"
        )
    uses_progress = distil.backend == "grammar" and load_grammar(distil.grammar).uses_progress()
    if experiment.train.sees_progress and not uses_progress:
        raise ValueError(
            f"discover: variant {variant} changes as training proceeds, and grammar {distil.grammar} does not speak of "
            "progress; give --distil.grammar temporal"
        )
    if uses_progress and not experiment.train.sees_progress:
        raise ValueError(
            f"discover: grammar {distil.grammar} speaks of progress, which variant {variant} does not see; give "
            "--train.variant ta-residual or ta-lpo, or another grammar such as --distil.grammar lpo"
        )


def _stages(run: Run, experiment: Experiment, progress: Any) -> list[dict[str, Any]]:
    """Every stage after training whose artifacts the run does not hold yet; returns the front's records."""
    from discovery.benchmark.conditions import conditions
    from discovery.benchmark.results import write_results
    from discovery.commands.distil import front_of, table_of_run, write_distillation
    from discovery.commands.drifts import learned_drift, resolve_drift
    from discovery.commands.scoring import decided, measure, verdicts_of, workplace
    from discovery.distillation import run_distillation

    network = learned_drift(run.path)
    if VERDICTS not in run:
        table = table_of_run(run, network, experiment.distil)
        write_distillation(run, table, run_distillation(table, experiment.distil, progress=progress))
    records = front_of(run)
    compared = conditions({env: experiment.ppo_of(env) for env in experiment.task}, {})
    with workplace() as place:
        if SELECTION not in run:
            run.write_json(SELECTION, select(run, experiment, compared, records, place, progress))
        if SCORES not in run:
            drifts = {name: resolve_drift(name) for name in ("none", "ppo", "dpo")} | {"network": network}
            for item in run.read_json(SELECTION)[: experiment.bench.finalists]:
                drifts[item["expression"]] = resolve_drift(f"expr:{item['expression']}")
            verdicts = verdicts_of(drifts, decided(drifts))
            for record in records:  # with the lemmas of the grammar, which the prover alone does not have
                if record["expression"] in verdicts:
                    verdicts[record["expression"]]["verdict"] = record["verdict"]
            matrices = measure(run, experiment, compared, drifts, place, progress)
            write_results(run, matrices, experiment.bench.normalise, verdicts)
    return records


def select(
    run: Run, experiment: Experiment, compared: Any, records: list[dict[str, Any]], place: Any, progress: Any
) -> list[dict[str, Any]]:
    """The proved formulas by the return they reach, best first, on seeds of their own; NMSE alone would choose badly.

    A formula's fit says little about the return it reaches, so the most accurate proved members of the front are tried
    with `bench.selection_seeds` trainings each, and the best `bench.finalists` go on to the benchmark. On several
    environments the score is the mean of the z-scores among the formulas tried, each within one environment.
    """
    from discovery.commands.drifts import resolve_drift
    from discovery.commands.scoring import measure

    proved = [
        record["expression"] for record in records if record["verdict"] == "proved" and record["expression"] != "0"
    ]
    tried = proved[-experiment.bench.formulas :]
    if not tried:
        return []
    drifts = {text: resolve_drift(f"expr:{text}") for text in tried}
    matrices = measure(run, experiment, compared, drifts, place, progress, stage="trying formulas", selection=True)
    means = [[matrix.scores(text).mean() for text in tried] for matrix in matrices.values()]
    scores = combined(np.array(means))
    ranked = sorted(zip(tried, scores.tolist(), strict=True), key=lambda pair: -pair[1])
    return [{"expression": text, "score": score} for text, score in ranked]


def combined(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """One score for each of n formulas from their mean scores [tasks, n]; NaN, of a diverged run, is -inf."""
    diverged = np.isnan(means).any(axis=0)
    if len(means) == 1:
        score = means[0]
    else:
        spread = np.nanstd(means, axis=1, keepdims=True)
        score = ((means - np.nanmean(means, axis=1, keepdims=True)) / np.where(spread > 0, spread, 1)).mean(axis=0)
    return np.where(diverged, -np.inf, score)
