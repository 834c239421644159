"""drift train: meta-train a neural drift into a run directory."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from discovery.cache import keep_compiled_programs
from discovery.commands.options import emit, parse_options, preset_named_in, say
from discovery.experiment import DEFAULT_PRESET, Experiment, load_preset
from discovery.runs import DRIFT, HISTORY, Run, RunError


@dataclass(frozen=True)
class TrainOptions:
    """Evolve the parameters of a neural drift on the return of the agents that it trains.

    Attributes:
        preset: a named set of settings.
        resume: a run directory to go on with, from its last checkpoint and with its settings.
        distributed: this is one of several processes that train one population; all must see the run directory. JAX
            finds the others under SLURM and Open MPI, or with the next three.
        coordinator: HOST:PORT of the first process.
        num_processes: how many there are.
        process_id: which one this is, from 0.
        wandb: a project of Weights & Biases to log to as well; needs the extra "wandb".
        experiment: the settings, a preset's unless overridden.
        runs: the folder in which the run directory is made.
        json: one JSON object a generation on stdout.
    """

    experiment: Annotated[Experiment, tyro.conf.arg(name="")]
    preset: str = DEFAULT_PRESET
    resume: Path | None = None
    distributed: bool = False
    coordinator: str | None = None
    num_processes: int | None = None
    process_id: int | None = None
    wandb: str | None = None
    runs: Path = Path("runs")
    json: bool = False


def main(args: list[str]) -> int:
    """Run the command; returns the exit code."""
    preset = load_preset(preset_named_in(args, DEFAULT_PRESET))
    options = parse_options(TrainOptions, args, command="train", default=TrainOptions(experiment=preset))
    wanted = options.experiment.over(preset)
    if options.distributed:
        from discovery.metatrain.devices import start_distributed

        start_distributed(options.coordinator, options.num_processes, options.process_id)
    elif (options.coordinator, options.num_processes, options.process_id) != (None, None, None):
        raise ValueError("train: --coordinator, --num-processes and --process-id go with --distributed")
    import jax

    if jax.process_index() > 0:
        _join(options.resume, wanted)
        return 0
    run, experiment = open_run(options.resume, wanted, preset, options.runs, options.preset)
    say(f"run directory: {run.path}")
    if DRIFT in run:
        raise RunError(f"{run.path} is finished: it holds {DRIFT} already")
    try:
        train_and_show(run, experiment, wandb=options.wandb, on_generation=emit if options.json else None)
    except KeyboardInterrupt:
        say(f"{run.path} keeps what is finished. Go on with: drift train --resume {run.path}")
        raise
    judged = [record["held_out"] for record in run.read_json(HISTORY) if record["held_out"] is not None]
    say(f"score of the mean drift on held-out seeds: {judged[0]:.4g} at first, {max(judged):.4g} at best")
    say(f"next: drift distil {run.path}")
    return 0


def _join(resume: Path | None, wanted: Experiment) -> None:
    """Train along in a process that is not the first one."""
    from discovery.training import join_training, resume_point

    keep_compiled_programs()
    if resume is None:
        join_training(wanted, None)
        return
    run = Run.open(resume)
    experiment = Experiment.from_json(run.manifest["config"])
    join_training(experiment, resume_point(run, experiment, say))


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
    from discovery.training import inner_loops

    inner_loops(wanted)
    load_grammar(wanted.distil.grammar)
    return Run.create(root, name, wanted.to_json()), wanted


def _refuse_changes(wanted: Experiment, preset: Experiment, stored: Experiment) -> None:
    """A resumed run keeps its settings: flags that would change them are refused by name."""
    asked, default, kept = (_settings(experiment) for experiment in (wanted, preset, stored))
    changed = [name for name in asked if asked[name] not in (default.get(name), kept.get(name))]
    if changed:
        told = "; ".join(f"--{name} is {kept.get(name)!r} in the run, not {asked[name]!r}" for name in changed)
        raise ValueError(f"--resume keeps the settings of the run: {told}; leave these flags out")


def _settings(experiment: Experiment) -> dict[str, Any]:
    """Every setting by its flag: `task`, `ppo.gamma`, ..."""
    found = {"task": experiment.task}
    for section in ("ppo", "train", "distil", "bench"):
        for name, value in vars(getattr(experiment, section)).items():
            found[f"{section}.{name.replace('_', '-')}"] = value
    return found


def train_and_show(run: Run, experiment: Experiment, *, wandb: str | None = None, on_generation: Any = None) -> None:
    """Meta-train into a run directory, from its last checkpoint if it has one, with a live table and metrics files."""
    from discovery.report.metrics import csv_sink, tensorboard_sink, wandb_sink
    from discovery.report.training import training_table
    from discovery.training import resume_point, train_into

    keep_compiled_programs()
    config, start = experiment.train, resume_point(run, experiment, say)
    history = [] if start is None else start.history
    following = history[-1]["generation"] + 1 if history else 0
    with ExitStack() as stack:
        sinks = [
            stack.enter_context(csv_sink(run.path / "metrics.csv", first_generation=following)),
            stack.enter_context(tensorboard_sink(run.path / "tensorboard", first_generation=following)),
        ]
        if wandb is not None:
            sinks.append(stack.enter_context(wandb_sink(wandb, run.path.name, run.manifest["config"])))
        sinks.append(
            stack.enter_context(
                training_table(config.generations, evaluate_every=config.evaluate_every, history=history)
            )
        )
        if on_generation is not None:
            sinks.append(on_generation)

        def watch(record: dict[str, Any]) -> None:
            for sink in sinks:
                sink(record)

        train_into(run, experiment, start, watch)
