"""Environment steps a second of the inner loop at purejaxrl's settings, against a loop in purejaxrl's style.

Both run in one process, round about; updates are cut short, since every one of them is the same work.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax
import numpy as np
from rich.table import Table

from benchmarks.interleaved import interleaved, ratio
from benchmarks.purejaxrl_loop import BREAKOUT, CARTPOLE, make_baseline
from discovery.drifts.lowering import lower
from discovery.drifts.zoo import ZOO
from discovery.report.terminal import console
from discovery.rl.config import PPOConfig
from discovery.rl.ppo import make_train
from discovery.rl.task import make_task

OURS, BASELINE = "ours", "purejaxrl style"

CASES = (
    # task, settings, agents at once, updates, rounds, what issue 5 asks
    ("CartPole-v1", CARTPOLE, 1, 50, 21, 1.0),
    ("CartPole-v1", CARTPOLE, 64, 4, 9, 1.2),
    ("Breakout-MinAtar", BREAKOUT, 1, 4, 9, 1.0),
    ("Breakout-MinAtar", BREAKOUT, 64, 1, 3, 1.2),
)


def main() -> None:
    """Print the table of steps a second."""
    for name, config, agents, updates, rounds, asked in CASES:
        config = replace(config, total_steps=updates * config.batch_size)
        runs, compilation = _compiled(name, config, agents)
        seconds = interleaved(runs, rounds=rounds)
        middle, low, high = ratio(seconds, BASELINE, OURS)
        rates = [agents * config.env_steps / np.median(seconds[loop]) for loop in (OURS, BASELINE)]
        compiling = " and ".join(f"{compilation[loop]:.0f}" for loop in (OURS, BASELINE))
        figures = [f"{rate:,.0f}" for rate in rates] + [f"{middle:.2f}", f"{low:.2f} to {high:.2f}", f"{asked:.1f}"]
        table = Table(title="PPO end to end, purejaxrl's settings: env steps/s, ours with ppo's drift")
        for column in ("task", "agents", OURS, BASELINE, "ratio", "quartiles", "asked", "compilation, s"):
            table.add_column(column)
        table.add_row(name, str(agents), *figures, compiling)
        console().print(table)  # a row at a time: the last case takes minutes


def _compiled(name: str, config: PPOConfig, agents: int) -> tuple[dict[str, Callable[[], Any]], dict[str, float]]:
    """Both loops, ready to run, and what their compilation took."""
    train = make_train(make_task(name), config, lower(ZOO["ppo"].expr))

    def ours(key: jax.Array) -> Any:
        result = train(key, ())
        return result.returns, result.params  # the networks as well, or the last update would be dead code

    keys = jax.random.split(jax.random.key(0), agents)
    runs, compilation = {}, {}
    for loop, function in ((OURS, ours), (BASELINE, make_baseline(name, config))):
        start = time.perf_counter()
        compiled = jax.jit(jax.vmap(function)).lower(keys).compile()
        compilation[loop] = time.perf_counter() - start
        runs[loop] = lambda compiled=compiled: jax.block_until_ready(compiled(keys))
    return runs, compilation


if __name__ == "__main__":
    main()
