"""Score matrices: many drifts on one environment, trained from the same seeds in one compiled call."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from discovery.benchmark.statistics import iqm_interval, normalised, probability_of_improvement
from discovery.drifts.drift import Drift, Params
from discovery.drifts.stack import stack_drifts
from discovery.rl.config import PPOConfig
from discovery.rl.ppo import make_train
from discovery.rl.score import score
from discovery.rl.task import Task

Progress = Callable[[str, int, int], None]
CHUNK = 16  # seeds trained at once: enough to fill two cores, few enough for a progress bar to move


@dataclass(frozen=True)
class ScoreMatrix:
    """Learning curves of several drifts on one environment, seed by seed.

    Attributes:
        task: the environment's name.
        metric: "auc" or "final", see `discovery.rl.score`.
        curves: for each drift [seeds, updates] episode returns; NaN where training diverged.
        env_steps_per_second: of the whole sweep, without compilation.
    """

    task: str
    metric: str
    curves: dict[str, NDArray[np.float64]]
    env_steps_per_second: float

    def scores(self, name: str) -> NDArray[np.float64]:
        """[seeds], NaN for a run that diverged."""
        return score(self.curves[name], self.metric)

    def rows(self, *, rng: np.random.Generator) -> list[dict[str, Any]]:
        """One record a drift, as `bench --json` prints it.

        A diverged run counts as a failure and as the worst score seen in the matrix; it is never left out.
        """
        every = np.concatenate([self.scores(name) for name in self.curves])
        worst = float(np.nanmin(every)) if np.isfinite(every).any() else float("nan")
        filled = {name: np.nan_to_num(self.scores(name), nan=worst) for name in self.curves}
        rows = []
        for name, scores in filled.items():
            interval = iqm_interval(scores, rng=rng)
            better = probability_of_improvement(self.scores(name), self.scores("ppo")) if "ppo" in filled else None
            row = {
                "drift": name,
                "env": self.task,
                "metric": self.metric,
                "scores": self.scores(name).tolist(),
                "mean": float(scores.mean()),
                "iqm": interval.value,
                "iqm_low": interval.low,
                "iqm_high": interval.high,
                "probability_of_improvement_over_ppo": better,
                "env_steps_per_second": self.env_steps_per_second,
                "failures": int(np.isnan(self.scores(name)).sum()),
            }
            if {"none", "ppo"} <= set(filled):
                row["normalised"] = normalised(scores, filled["none"], filled["ppo"])
            rows.append(row)
        return rows


def score_drifts(
    task: Task,
    config: PPOConfig,
    drifts: Mapping[str, tuple[Drift, Params]],
    *,
    keys: jax.Array,
    metric: str = "auc",
    progress: Progress = lambda stage, done, total: None,
) -> ScoreMatrix:
    """Train one agent for each drift and each key; all drifts see the same keys.

    Args:
        task: the environment.
        config: the inner loop, the same for all.
        drifts: name -> (drift, its parameters).
        keys: [seeds] random keys.
        metric: what a score is.
        progress: called as progress(stage, done, total) in trained agents.
    """
    train = make_train(task, config, stack_drifts([drift for drift, _ in drifts.values()]))
    params = tuple(params for _, params in drifts.values())
    indices = jnp.arange(len(drifts))

    def curves(keys: jax.Array) -> jax.Array:
        one_drift = jax.vmap(lambda key, index: train(key, {"index": index, "params": params}).returns, (0, None))
        return jax.vmap(one_drift, (None, 0))(keys, indices)

    agents = len(drifts) * len(keys)
    progress(f"{task.name}: compiling", 0, agents)
    chunks = _chunks(keys)
    compiled = jax.jit(curves).lower(chunks[0]).compile()
    start, found = time.perf_counter(), []
    for chunk in chunks:
        found.append(np.asarray(compiled(chunk), dtype=np.float64))
        progress(f"{task.name}: training agents", min(agents, len(found) * len(drifts) * len(chunk)), agents)
    seconds = time.perf_counter() - start
    matrix = np.concatenate(found, axis=1)[:, : len(keys)]
    trained = len(drifts) * sum(len(chunk) for chunk in chunks)
    return ScoreMatrix(
        task=task.name,
        metric=metric,
        curves=dict(zip(drifts, matrix, strict=True)),
        env_steps_per_second=trained * config.num_updates * config.batch_size / seconds,
    )


def _chunks(keys: jax.Array) -> Sequence[jax.Array]:
    """Keys in groups of one size, the last one filled up with keys that were used already."""
    size = min(CHUNK, len(keys))
    count = -(-len(keys) // size)
    padded = jnp.concatenate([keys] * 2)[: count * size] if count * size > len(keys) else keys
    return [padded[index * size : (index + 1) * size] for index in range(count)]
