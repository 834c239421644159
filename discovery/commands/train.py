"""drift train: meta-train a neural drift into a run directory."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from discovery.commands.options import emit, parse_options, preset_named_in, say
from discovery.experiment import DEFAULT_PRESET, Experiment, load_preset
from discovery.runs import DRIFT, HISTORY, Run, RunError

_CHECKPOINT = re.compile(r"checkpoint-(\d+)\.npz")


@dataclass(frozen=True)
class TrainOptions:
    """Evolve the parameters of a neural drift on the return of the agents that it trains.

    Attributes:
        preset: a named set of settings.
        resume: a run directory to go on with, from its last checkpoint and with its settings.
        experiment: the settings, a preset's unless overridden.
        runs: the folder in which the run directory is made.
        json: one JSON object a generation on stdout.
    """

    experiment: Annotated[Experiment, tyro.conf.arg(name="")]
    preset: str = DEFAULT_PRESET
    resume: Path | None = None
    runs: Path = Path("runs")
    json: bool = False


def main(args: list[str]) -> int:
    """Run the command; returns the exit code."""
    preset = load_preset(preset_named_in(args, DEFAULT_PRESET))
    options = parse_options(TrainOptions, args, command="train", default=TrainOptions(experiment=preset))
    from discovery.report.progress import progress_bar

    run, experiment = open_run(options.resume, options.experiment, preset, options.runs, options.preset)
    if DRIFT in run:
        raise RunError(f"{run.path} is finished: it holds {DRIFT} already")
    try:
        with progress_bar() as progress:
            train_into(run, experiment, progress, on_generation=emit if options.json else None)
    except KeyboardInterrupt:
        say(f"{run.path} keeps what is finished. Go on with: drift train --resume {run.path}")
        raise
    judged = [record["held_out"] for record in run.read_json(HISTORY) if record["held_out"] is not None]
    say(f"score of the mean drift on held-out seeds: {judged[0]:.4g} at first, {max(judged):.4g} at best")
    say(f"run directory: {run.path}\nnext: drift distil {run.path}")
    return 0


def open_run(
    resume: Path | None, wanted: Experiment, preset: Experiment, root: Path, name: str
) -> tuple[Run, Experiment]:
    """A new run directory with the wanted settings, or an earlier one with its own.

    Raises:
        ValueError: an unknown environment or grammar, settings that a resumed run does not have, or a directory that
            cannot be used. Told before anything is computed.
    """
    if resume is not None:
        run = Run.open(resume)
        if "train" not in run.manifest["config"] or "envs" in run.manifest["config"]:
            raise RunError(
                f"{resume} is a {run.manifest.get('name')} run; only runs of train and discover can be resumed"
            )
        stored = Experiment.from_json(run.manifest["config"])
        _refuse_changes(wanted, preset, stored)
        return run, stored
    from discovery.grammar.grammar import load_grammar
    from discovery.rl.task import make_task

    make_task(wanted.task)
    load_grammar(wanted.distil.grammar)
    return Run.create(root, name, wanted.to_json()), wanted


def _refuse_changes(wanted: Experiment, preset: Experiment, stored: Experiment) -> None:
    """A resumed run keeps its settings: flags that would change them are refused by name."""
    for section in ("task", "ppo", "train", "distil", "bench"):
        if getattr(wanted, section) not in (getattr(preset, section), getattr(stored, section)):
            raise ValueError(f"--resume keeps the settings of the run; leave out the flags of {section}")


def train_into(run: Run, experiment: Experiment, progress: Any, *, on_generation: Any = None) -> None:
    """Meta-train into a run directory, from its last checkpoint if it has one; writes the drift and its history.

    An interrupt leaves a checkpoint of the last generation behind.
    """
    from discovery.metatrain.checkpoint import state_from_arrays, state_to_arrays
    from discovery.metatrain.loop import drift_params, meta_train
    from discovery.rl.task import make_task

    config, history, state = experiment.train, [], None
    if last := last_checkpoint(run):
        arrays = run.read_arrays(last)
        state = state_from_arrays(arrays)
        history = run.read_json(_history_name(last))
        say(f"going on from {run.path / last}")
    progress("meta-training", len(history), config.generations)
    try:
        for report in meta_train(make_task(experiment.task), experiment.ppo, config, state=state):
            record = _record(report)
            history.append(record)
            state = report.state
            if on_generation:
                on_generation(record)
            progress("meta-training", report.generation, config.generations)
            done = report.generation
            if done and done % config.checkpoint_every == 0 and done < config.generations:
                save_checkpoint(run, state_to_arrays(state), history)
    except KeyboardInterrupt:
        if history and last_checkpoint(run) != _checkpoint_name(history[-1]["generation"]) and state is not None:
            save_checkpoint(run, state_to_arrays(state), history)
        raise
    if state is None or not history:
        raise RunError(f"{run.path}: nothing was trained")
    params = drift_params(config, state.best_mean)
    run.write_json(HISTORY, history)
    run.write_arrays(DRIFT, {**params, "last_mean": state.strategy.mean, "best_generation": state.best_generation})


def save_checkpoint(run: Run, arrays: dict[str, Any], history: list[dict[str, Any]]) -> None:
    """Write a checkpoint and the history up to it."""
    name = _checkpoint_name(history[-1]["generation"])
    run.write_json(_history_name(name), history)
    run.write_arrays(name, arrays)


def last_checkpoint(run: Run) -> str | None:
    """The name of the newest checkpoint of a run."""
    names = [name for name in run.artifacts if _CHECKPOINT.fullmatch(name)]
    return max(names, default=None)


def _checkpoint_name(generation: int) -> str:
    return f"checkpoint-{generation:05d}.npz"


def _history_name(checkpoint: str) -> str:
    return checkpoint.replace("checkpoint", "history").replace(".npz", ".json")


def _record(report: Any) -> dict[str, Any]:
    low, q1, median, q3, high = report.fitness_quantiles
    return {
        "generation": report.generation,
        "fitness_min": low,
        "fitness_low": q1,
        "fitness_median": median,
        "fitness_high": q3,
        "fitness_max": high,
        "nan_count": report.nan_count,
        "held_out": report.held_out_score,
        "env_steps": report.env_steps,
        "seconds": report.seconds,
    }
