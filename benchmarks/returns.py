"""What PPO's drift reaches with the tuned settings, against what is asked; and a learning curve on Brax.

`python -m benchmarks.returns [ENV...]`: all of them take about half an hour on two cores.
"""

import csv
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import jax
import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from discovery.drifts.lowering import lower
from discovery.drifts.zoo import ZOO
from discovery.report.terminal import console
from discovery.rl.config import PPOConfig
from discovery.rl.ppo import make_train
from discovery.rl.references import reference_return
from discovery.rl.score import score
from discovery.rl.seeds import Stream, stream_keys
from discovery.rl.task import make_task
from discovery.rl.tuned import tuned

FIGURES = Path("docs/images")


@dataclass(frozen=True)
class Ask:
    """One row: settings, seeds, and the mean final return that is asked; `None` where a curve is all there is."""

    config: PPOConfig
    seeds: int
    asked: float | None


ASKS = {
    "CartPole-v1": Ask(tuned("CartPole-v1"), 8, 475),
    "Acrobot-v1": Ask(tuned("Acrobot-v1"), 8, -90),
    "Pendulum-v1": Ask(tuned("Pendulum-v1"), 8, -250),
    "MountainCarContinuous-v0": Ask(tuned("MountainCarContinuous-v0"), 8, 90),
    "hopper": Ask(
        replace(tuned("hopper"), total_steps=3_000_000, num_envs=128, num_steps=64, hidden=(64, 64)), 2, None
    ),
    "Breakout-MinAtar": Ask(tuned("Breakout-MinAtar"), 2, 28),
}


def main() -> None:
    """Train, print the table, and write the Brax curve as CSV and PNG."""
    wanted = (sys.argv[1:] if __name__ == "__main__" else []) or list(ASKS)
    if unknown := set(wanted) - set(ASKS):
        raise SystemExit(f"unknown environment {min(unknown)!r} (allowed: {', '.join(ASKS)})")
    table = Table(title="PPO with the tuned settings: mean return over the last tenth of training")
    for column in ("env", "steps", "seeds", "mean", "lowest", "highest", "asked", "reference", "env steps/s"):
        table.add_column(column, justify="left" if column == "env" else "right")
    for name in wanted:
        ask = ASKS[name]
        curves, seconds = train(name, ask)
        final = score(curves, "final")
        figures = [f"{value:.1f}" for value in (final.mean(), final.min(), final.max())]
        published = reference_return(name)
        table.add_row(
            name,
            f"{ask.config.env_steps:,}",
            str(ask.seeds),
            *figures,
            "" if ask.asked is None else f"{ask.asked:g}",
            "" if published is None else f"{published:g}",
            f"{ask.seeds * ask.config.env_steps / seconds:,.0f}",
        )
        print(name, *figures, f"{seconds:.0f} s", file=sys.stderr, flush=True)
        if ask.asked is None:
            write_curve(name, ask.config, curves)
    console().print(table)


def train(name: str, ask: Ask) -> tuple[NDArray[np.float64], float]:
    """Learning curves `[seeds, updates]`, and the seconds they took without compilation."""
    one = make_train(make_task(name), ask.config, lower(ZOO["ppo"].expr))
    keys = stream_keys(0, Stream.BENCHMARK, ask.seeds)
    compiled = jax.jit(jax.vmap(lambda key: one(key, ()).returns)).lower(keys).compile()
    start = time.perf_counter()
    curves = np.asarray(compiled(keys), np.float64)
    return curves, time.perf_counter() - start


def write_curve(name: str, config: PPOConfig, curves: NDArray[np.float64]) -> None:
    """`docs/images/brax_NAME.csv` and `.png`: return against environment steps, one line a seed."""
    from matplotlib.figure import Figure

    FIGURES.mkdir(parents=True, exist_ok=True)
    steps = (np.arange(curves.shape[1]) + 1) * config.batch_size
    with (FIGURES / f"brax_{name}.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["env_steps", *(f"seed_{seed}" for seed in range(len(curves)))])
        writer.writerows([int(step), *row] for step, row in zip(steps, np.round(curves.T, 2).tolist(), strict=True))
    figure = Figure(figsize=(6, 3.5), layout="constrained")
    axes = figure.subplots()
    for seed, curve in enumerate(curves):
        axes.plot(steps / 1e6, curve, label=f"seed {seed}")
    axes.set(xlabel="environment steps, millions", ylabel="episode return", title=f"{name} (Brax, spring), PPO")
    axes.legend()
    figure.savefig(FIGURES / f"brax_{name}.png", dpi=120)


if __name__ == "__main__":
    main()
