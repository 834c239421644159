"""Environment steps a second of the inner loop, and what compilation costs."""

import time

import jax
from rich.table import Table

from discovery.drifts.lowering import lower
from discovery.drifts.zoo import ZOO
from discovery.experiment import load_preset
from discovery.report.terminal import console
from discovery.rl.ppo import make_train
from discovery.rl.seeds import Stream, stream_keys
from discovery.rl.task import make_task


def main() -> None:
    """Print the table of steps a second."""
    table = Table(title="PPO end to end")
    for column in ("preset", "agents at once", "compilation, s", "env steps/s"):
        table.add_column(column)
    for preset in ("quick", "cartpole"):
        experiment = load_preset(preset)
        train = make_train(make_task(experiment.task), experiment.ppo, lower(ZOO["ppo"].expr))
        for agents in (1, 32):
            keys = stream_keys(0, Stream.HELD_OUT, agents)
            start = time.perf_counter()
            compiled = jax.jit(jax.vmap(lambda key, train=train: train(key, ()).returns)).lower(keys).compile()
            compilation = time.perf_counter() - start
            seconds = []
            for _ in range(3):
                start = time.perf_counter()
                jax.block_until_ready(compiled(keys))
                seconds.append(time.perf_counter() - start)
            rate = agents * experiment.ppo.env_steps / min(seconds)
            table.add_row(preset, str(agents), f"{compilation:.1f}", f"{rate:,.0f}")
    console().print(table)
