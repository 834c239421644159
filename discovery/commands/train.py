"""drift train: meta-train a neural drift into a run directory."""

import json
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from discovery.cache import keep_compiled_programs
from discovery.commands.options import emit, experiment_in, parse_options, say, value_in
from discovery.experiment import DEFAULT_PRESET, Experiment, load_preset
from discovery.runs import DRIFT, HISTORY, Run, RunError, in_work


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
    settings = settings_in(args)
    options = parse_options(TrainOptions, args, command="train", default=TrainOptions(experiment=settings))
    if options.distributed:
        from discovery.metatrain.devices import start_distributed

        start_distributed(options.coordinator, options.num_processes, options.process_id)
    elif (options.coordinator, options.num_processes, options.process_id) != (None, None, None):
        raise ValueError("train: --coordinator, --num-processes and --process-id go with --distributed")
    experiment = checked(options.resume, experiment_in(args, options.experiment), settings, wandb=options.wandb)
    if options.resume is not None and DRIFT in Run.open(options.resume):
        raise RunError(f"{options.resume} is finished: it holds {DRIFT} already")
    import jax

    keep_compiled_programs()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what a cluster sends before it kills: as Ctrl-C
    if jax.process_index() > 0:
        _join(options.resume, experiment)
        return 0
    with opened_run(options.resume, experiment, options.runs, options.preset) as run:
        try:
            train_and_show(run, experiment, wandb=options.wandb, on_generation=emit if options.json else None)
        except KeyboardInterrupt:
            say(f"{run.path} keeps what is finished. Go on with: drift train --resume {run.path}")
            raise
    if judged := [record["held_out"] for record in run.read_json(HISTORY) if record["held_out"] is not None]:
        say(f"score of the mean drift on held-out seeds: {judged[0]:.4g} at first, {max(judged):.4g} at best")
    say(f"next: drift distil {run.path}")
    return 0


def _join(resume: Path | None, experiment: Experiment) -> None:
    """Train along in a process that is not the first one."""
    from discovery.metatrain.devices import agree
    from discovery.training import join_training, resume_point

    start = None if resume is None else resume_point(Run.open(resume), experiment, say)
    agree(_fingerprint(experiment, start))
    join_training(experiment, start)


def settings_in(args: Sequence[str]) -> Experiment:
    """What flags are compared with: the settings of the run that is resumed, or those of the preset.

    Raises:
        ValueError: an unknown preset, or one that is not the resumed run's; a run that cannot be resumed.
    """
    resume, named = value_in(args, "--resume"), value_in(args, "--preset")
    preset = load_preset(named or DEFAULT_PRESET)
    if resume is None:
        return preset
    run = Run.open(resume)
    if "train" not in run.manifest["config"] or "envs" in run.manifest["config"]:
        raise RunError(f"{resume} is a {run.manifest.get('name')} run; only runs of train and discover can be resumed")
    stored = Experiment.from_json(run.manifest["config"])
    if named is not None:
        refuse_changes(preset, stored)
    return stored


def checked(resume: Path | None, wanted: Experiment, settings: Experiment, *, wandb: str | None = None) -> Experiment:
    """The settings to train with, after all that can be told before anything is computed or written.

    Raises:
        ValueError: an unknown environment or grammar, a network that does not suit, settings that a resumed run does
            not have, or Weights & Biases not installed.
    """
    from discovery.grammar.grammar import load_grammar
    from discovery.report.metrics import require_wandb
    from discovery.training import inner_loops

    if resume is not None:
        refuse_changes(wanted, settings)
    if wandb is not None:
        require_wandb()
    inner_loops(wanted)
    load_grammar(wanted.distil.grammar)
    return wanted


def refuse_changes(wanted: Experiment, stored: Experiment) -> None:
    """A resumed run keeps its settings: each one that a flag would change is refused by name."""
    asked, kept = _settings(wanted), _settings(stored)
    changed = [name for name in asked if asked[name] != kept[name]]
    if changed:
        told = "; ".join(f"--{name} is {kept[name]!r} in the run, not {asked[name]!r}" for name in changed)
        raise ValueError(f"--resume keeps the settings of the run: {told}; leave these flags out")


def _settings(experiment: Experiment) -> dict[str, Any]:
    """Every setting by its flag: `task`, `ppo.gamma`, ..."""
    found = {"task": experiment.task, "env": experiment.env}
    for section in ("ppo", "train", "distil", "bench"):
        for name, value in vars(getattr(experiment, section)).items():
            found[f"{section}.{name.replace('_', '-')}"] = value
    return found


@contextmanager
def opened_run(resume: Path | None, experiment: Experiment, root: Path, name: str) -> Iterator[Run]:
    """A new run directory for settings that were `checked`, or the earlier one; kept from other processes."""
    run = Run.create(root, name, experiment.to_json()) if resume is None else Run.open(resume)
    with in_work(run.path):
        say(f"run directory: {run.path}")
        yield run


def _fingerprint(experiment: Experiment, start: Any) -> str:
    """What all processes of a run must have in common: settings, and the generation to go on after."""
    generation = start.history[-1]["generation"] if start is not None else None
    return json.dumps([experiment.to_json(), generation, start.chunk if start is not None else None], sort_keys=True)


def train_and_show(run: Run, experiment: Experiment, *, wandb: str | None = None, on_generation: Any = None) -> None:
    """Meta-train into a run directory, from its last checkpoint if it has one, with a live table and metrics files."""
    from discovery.metatrain.devices import agree
    from discovery.report.metrics import csv_sink, tensorboard_sink, wandb_sink
    from discovery.report.training import training_table
    from discovery.training import resume_point, train_into

    config, start = experiment.train, resume_point(run, experiment, say)
    agree(_fingerprint(experiment, start))
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
