"""Meta-training into a run directory: checkpoints as it goes, the drift and its history at the end.

Where metatrain and runs meet, for the command line and for Python alike.
"""

from collections.abc import Callable, Iterator
from typing import Any

import jax

from discovery.checkpoints import Checkpoint, newest_checkpoint, save_checkpoint
from discovery.experiment import Experiment
from discovery.metatrain.generation import GenerationReport
from discovery.metatrain.learned import drift_params
from discovery.metatrain.loop import AllDivergedError, init_state, meta_train
from discovery.metatrain.programs import InnerLoop
from discovery.rl.task import make_task
from discovery.runs import DRIFT, HISTORY, Run, RunError

Watch = Callable[[dict[str, Any]], None]


def inner_loops(experiment: Experiment) -> list[InnerLoop]:
    """The experiment's environments with their inner loops.

    Raises:
        ValueError: an unknown environment, or one whose actions are not supported.
    """
    return [InnerLoop(make_task(name), experiment.ppo_of(name)) for name in experiment.task]


def resume_point(run: Run, experiment: Experiment, say: Callable[[str], None]) -> Checkpoint | None:
    """The checkpoint from which a run goes on, None if it starts from the beginning; `say` is told which."""
    like = init_state(experiment.train, len(experiment.task))
    checkpoint = newest_checkpoint(run, like, say, delete_damaged=jax.process_index() == 0)
    if checkpoint is not None:
        generation = checkpoint.history[-1]["generation"]
        say(f"going on after generation {generation} of {run.path}")
        if checkpoint.devices != jax.device_count():
            say(
                f"the run began on {checkpoint.devices} devices and goes on with {jax.device_count()}: it will agree "
                "with an uninterrupted one up to rounding only"
            )
    return checkpoint


def train_into(run: Run, experiment: Experiment, start: Checkpoint | None, watch: Watch) -> None:
    """Meta-train from `start`, or from the beginning; writes checkpoints, at the end the drift and its history.

    An interrupt, or a generation in which every member diverges, leaves a checkpoint of the generation before it.

    Args:
        run: an open run directory with the experiment's settings.
        experiment: the settings.
        start: of `resume_point`.
        watch: called with each generation's record.

    Raises:
        AllDivergedError: every member of a generation diverged.
    """
    config = experiment.train
    history = [] if start is None else list(start.history)
    report = None

    def save() -> None:
        if report is not None:
            checkpoint = Checkpoint(report.state, history, report.chunk, jax.device_count())
            save_checkpoint(run, checkpoint, keep=config.keep_checkpoints)

    try:
        for report in _generations(experiment, start):
            history.append(report.to_json())
            watch(history[-1])
            if 0 < report.generation < config.generations and report.generation % config.checkpoint_every == 0:
                save()
    except (KeyboardInterrupt, AllDivergedError, OSError):  # the last: a full disk under the metrics files
        save()
        raise
    state = report.state if report is not None else None if start is None else start.state
    if state is None:
        raise RunError(f"{run.path}: nothing was trained")
    params = drift_params(config, state.best_mean)
    run.write_json(HISTORY, history)
    run.write_arrays(DRIFT, {**params, "last_mean": state.search.mean, "best_generation": state.best_generation})


def join_training(experiment: Experiment, start: Checkpoint | None) -> None:
    """What the other processes of a distributed run do: the same computations, and nothing written."""
    for _ in _generations(experiment, start):
        pass


def _generations(experiment: Experiment, start: Checkpoint | None) -> Iterator[GenerationReport]:
    """Meta-training, on the layout of the checkpoint where the devices are as many as they were."""
    state, chunk = (None, None) if start is None else (start.state, start.chunk)
    if start is not None and start.devices != jax.device_count():
        chunk = None
    return meta_train(inner_loops(experiment), experiment.train, state=state, chunk=chunk)
