"""What a policy that draws its actions uniformly from the action space reaches: the zero of reference normalisation.

`python -m benchmarks.random_returns [ENV...]`: a few minutes on two cores, most of them for Freeway and Seaquest. An
episode return is that of the learning curves (`recent_return`): the undiscounted sum of an episode's rewards. Each
environment counts for its first episode, however long that takes: all episodes of a fixed number of steps would favour
short ones.
"""

import sys
import time

import gymnax
import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from discovery.report.terminal import console
from discovery.rl.references import RANDOM, REFERENCES
from discovery.rl.seeds import Stream, stream_keys
from discovery.rl.task import make_task

EPISODES = 16_384
FEWER = {"Seaquest-MinAtar": 1_024}
BATCH = 1_024


def main() -> None:
    """Measure and print the rows of `RANDOM` in discovery/rl/references.py."""
    known = list(dict.fromkeys([*REFERENCES, "Seaquest-MinAtar"]))
    wanted = (sys.argv[1:] if __name__ == "__main__" else []) or known
    if unknown := set(wanted) - set(known):
        raise SystemExit(f"unknown environment {min(unknown)!r} (allowed: {', '.join(known)})")
    table = Table(title="Uniformly random actions: mean undiscounted episode return")
    for column in ("env", "mean", "standard error", "episodes", "in the table", "seconds"):
        table.add_column(column, justify="left" if column == "env" else "right")
    for name in wanted:
        start = time.perf_counter()
        returns = episode_returns(name, FEWER.get(name, EPISODES))
        error = returns.std(ddof=1) / np.sqrt(len(returns))
        old = f"{RANDOM[name].value:g}" if name in RANDOM else ""
        row = (name, f"{returns.mean():.5g}", f"{error:.2g}", str(len(returns)), old)
        table.add_row(*row, f"{time.perf_counter() - start:.0f}")
        print(*row, file=sys.stderr, flush=True)
    console().print(table)


def episode_returns(name: str, episodes: int) -> NDArray[np.float64]:
    """[episodes] undiscounted returns, each of the first episode of an environment of its own."""
    task = make_task(name)
    env, params = gymnax.make(name)
    space = env.action_space(params)

    def first_episode(key: jax.Array) -> jax.Array:
        reset_key, key = jax.random.split(key)
        state, _ = task.reset(reset_key)

        def step(carry: tuple[jax.Array, ...]) -> tuple[jax.Array, ...]:
            key, state, _, _ = carry
            key, action_key, env_key = jax.random.split(key, 3)
            result = task.step(env_key, state, space.sample(action_key))
            return key, result.state, result.terminated | result.truncated, result.episode_return

        start = (key, state, jnp.zeros((), bool), jnp.zeros((), jnp.float32))
        return jax.lax.while_loop(lambda carry: ~carry[2], step, start)[3]

    batch = jax.jit(jax.vmap(first_episode))
    keys = stream_keys(0, Stream.BENCHMARK, episodes)
    found = [np.asarray(batch(keys[first : first + BATCH]), np.float64) for first in range(0, episodes, BATCH)]
    return np.concatenate(found)


if __name__ == "__main__":
    main()
