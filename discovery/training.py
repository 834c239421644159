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
from discovery.metatrain.loop import init_state, meta_train
from discovery.metatrain.programs import InnerLoop
from discovery.rl.networks import make_networks
from discovery.rl.task import make_task
from discovery.runs import DRIFT, HISTORY, Run, RunError

Watch = Callable[[dict[str, Any]], None]


def inner_loops(experiment: Experiment) -> list[InnerLoop]:
    """The experiment's environments with their inner loops.

    Raises:
        ValueError: an unknown environment, one whose actions are not supported, or a network that does not suit it.
    """
    loops = [InnerLoop(make_task(name), experiment.ppo_of(name)) for name in experiment.task]
    for loop in loops:
        make_networks(loop.task, loop.ppo)
    return loops


def resume_point(run: Run, experiment: Experiment, say: Callable[[str], None]) -> Checkpoint | None:
    """The checkpoint from which a run goes on, None if it starts from the beginning; `say` is told which."""
    like = init_state(experiment.train, len(experiment.task))
    checkpoint = newest_checkpoint(run, like, say, may_write=jax.process_index() == 0)
    if checkpoint is not None:
        say(f"going on after generation {checkpoint.history[-1]['generation']} of {run.path}")
    return checkpoint


def train_into(run: Run, experiment: Experiment, start: Checkpoint | None, watch: Watch) -> None:
    """Meta-train from `start`, or from the beginning; writes checkpoints, at the end the drift and its history.

    Whatever ends it before, an interrupt, a full disk, a device out of memory or a generation in which every member
    diverges, leaves a checkpoint of the last generation. The drift is the mean that was judged best; the last one if
    every judgement was NaN.

    Args:
        run: an open run directory with the experiment's settings.
        experiment: the settings.
        start: of `resume_point`.
        watch: called with each generation's record.

    Raises:
        AllDivergedError: every member of a generation diverged.
    """
    config, reached = experiment.train, start
    try:
        for report in _generations(experiment, start):
            history = [*(reached.history if reached else []), report.to_json()]
            reached = Checkpoint(report.state, history, report.chunk)
            watch(history[-1])
            if 0 < report.generation < config.generations and report.generation % config.checkpoint_every == 0:
                save_checkpoint(run, reached, keep=config.keep_checkpoints)
    except (Exception, KeyboardInterrupt):
        if reached is not None:
            save_checkpoint(run, reached, keep=config.keep_checkpoints)
        raise
    if reached is None:
        raise RunError(f"{run.path}: nothing was trained")
    state = reached.state
    mean = state.best_mean if int(state.best_generation) >= 0 else state.search.mean
    run.remove(HISTORY)  # of a run that was killed between the two files
    run.write_json(HISTORY, reached.history)
    arrays = {**drift_params(config, mean), "last_mean": state.search.mean, "best_generation": state.best_generation}
    run.write_arrays(DRIFT, arrays)


def join_training(experiment: Experiment, start: Checkpoint | None) -> None:
    """What the other processes of a distributed run do: the same computations, and nothing written."""
    for _ in _generations(experiment, start):
        pass


def _generations(experiment: Experiment, start: Checkpoint | None) -> Iterator[GenerationReport]:
    state, chunk = (None, None) if start is None else (start.state, start.chunk)
    return meta_train(inner_loops(experiment), experiment.train, state=state, chunk=chunk)
