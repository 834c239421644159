"""Memory and speed of one generation as the population grows, and a large one evaluated in chunks."""

import resource
import time
from dataclasses import replace

import numpy as np
from rich.table import Table

from discovery.experiment import Experiment, load_preset
from discovery.metatrain import programs
from discovery.metatrain.devices import device_mesh, program_bytes
from discovery.metatrain.loop import meta_train
from discovery.report.terminal import console
from discovery.training import inner_loops

POPULATIONS = (16, 64, 512)
LARGE, GIB = 4096, 8.0
MIB = 2**20


def main() -> None:
    """Print both tables."""
    for preset in ("quick", "minatar-breakout"):
        _slope(preset, _short(load_preset(preset)))
    _large(_short(load_preset("minatar-breakout")))


def _short(experiment: Experiment) -> Experiment:
    """One generation of agents that learn from a single short rollout: memory is that of a long training."""
    ppo = replace(experiment.ppo, num_steps=min(32, experiment.ppo.num_steps), update_epochs=1)
    train = replace(experiment.train, generations=1, evaluate_every=0, evaluate_seeds=1, width=16)
    return replace(experiment, ppo=replace(ppo, total_steps=ppo.batch_size), train=train)


def _slope(preset: str, experiment: Experiment) -> None:
    """What the compiler counts for populations that are trained all at once."""
    table = Table(
        title=f"{preset}: {experiment.ppo.num_envs} envs x {experiment.ppo.num_steps} steps, all members at once"
    )
    for column in ("population", "MiB", "MiB a member"):
        table.add_column(column, justify="right")
    loops, counted = tuple(inner_loops(experiment)), []
    for population in POPULATIONS:
        config = replace(experiment.train, population=population, memory_gib=1e6)
        counted.append(program_bytes(programs.compiled_programs(loops, config, None).generation_step) / MIB)
        table.add_row(f"{population:,}", f"{counted[-1]:,.1f}", f"{counted[-1] / population:.3f}")
    slope, start = np.polyfit(POPULATIONS, counted, 1)
    worst = np.max(np.abs(np.polyval([slope, start], POPULATIONS) / counted - 1))
    table.caption = f"{slope:.3f} MiB a member + {start:.1f} MiB; furthest from the line {worst:.1%}"
    console().print(table)


def _large(experiment: Experiment) -> None:
    """A generation of LARGE members within GIB."""
    config = replace(experiment.train, population=LARGE, memory_gib=GIB)
    start = time.perf_counter()
    (report,) = meta_train(inner_loops(experiment), config)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB
    console().print(
        f"{LARGE:,} members within {GIB:g} GiB on {device_mesh().size} device: {report.chunk} at a time, "
        f"{report.env_steps:,} environment steps, {seconds:.0f} s with compilation; "
        f"the process took {peak:.2f} GiB at most"
    )
