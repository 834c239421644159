"""Environment steps a second of a generation by population: `python -m benchmarks.device_speed [PRESET]`."""

import sys
from dataclasses import replace

import jax
import numpy as np

from discovery.experiment import load_preset
from discovery.metatrain.devices import device_mesh
from discovery.metatrain.loop import meta_train
from discovery.report.terminal import console
from discovery.training import inner_loops

POPULATIONS = (2, 16, 64, 256)
UPDATES = 10  # of each agent
GENERATIONS = 3  # the median of them counts; compilation does not


def main(preset: str = "quick") -> None:
    """Print a line for each population as it is measured."""
    experiment = load_preset(preset)
    mesh, kind = device_mesh(), jax.devices()[0].device_kind
    screen = console()
    screen.print(f"{preset} on {mesh.size} x {kind}, one generation")
    for matmul in ("float32", "bfloat16"):
        for population in POPULATIONS:
            ppo = replace(experiment.ppo, matmul=matmul)
            short = replace(ppo, total_steps=UPDATES * ppo.batch_size)
            config = replace(experiment.train, population=population, generations=GENERATIONS, evaluate_every=0)
            loops = inner_loops(replace(experiment, ppo=short, env={}))
            reports = list(meta_train(loops, replace(config, evaluate_seeds=1)))
            steps = np.median([report.env_steps / report.seconds for report in reports])
            screen.print(
                f"{population:>6,} members, {reports[0].chunk:,} at a time, {matmul}: {steps:,.0f} env steps/s"
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
