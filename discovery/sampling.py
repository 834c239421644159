"""What training visits: on-policy samples of a drift, and a drift's values where they are asked.

Where rl, drifts and the experiment meet regression's tables, for the command line and for Python alike.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from discovery.drifts.drift import Drift, Params
from discovery.experiment import Experiment
from discovery.expression.evaluate import evaluate
from discovery.expression.node import DRIFT_SYMBOLS, Expr
from discovery.rl.ppo import make_train
from discovery.rl.seeds import Stream, stream_keys
from discovery.training import inner_loops

ON_POLICY_AGENTS, ON_POLICY_SAMPLES = 16, 2_000  # samples of each agent


def on_policy_samples(experiment: Experiment, drift: Drift, params: Params) -> tuple[NDArray[np.float64], ...]:
    """(ratio, advantage) that agents meet when they train with a drift, and progress if it sees that.

    With several environments each gives the same number of samples.

    Returns:
        Float64 columns of one length: ratio > 0, advantage and, for a drift that sees it, progress n/N in [0, 1).
    """
    keys = stream_keys(experiment.train.seed, Stream.SAMPLES, ON_POLICY_AGENTS)
    found = []
    for loop in inner_loops(experiment):
        train = make_train(loop.task, loop.ppo, drift, num_samples=ON_POLICY_SAMPLES // len(experiment.task))
        result = jax.jit(jax.vmap(train, (0, None)))(keys, params)
        progress = (result.progress,) if drift.sees_progress else ()
        found.append([np.asarray(x, np.float64).ravel() for x in (result.ratio, result.advantage, *progress)])
    columns = [np.concatenate(several) for several in zip(*found, strict=True)]
    usable = np.isfinite(columns).all(axis=0) & (columns[0] > 0)
    return tuple(column[usable] for column in columns)


def values_of(drift: Drift, params: Params, expr: Expr | None = None) -> Callable[..., NDArray[np.float64]]:
    """f(ratio, advantage, progress) over float64 arrays; progress may be left out for a drift that does not see it.

    Args:
        drift: the drift, whose values are float32.
        params: its parameters.
        expr: its formula if it has one; then the values are that formula's, in float64.
    """
    if expr is not None:
        return lambda *columns: evaluate(expr, dict(zip(DRIFT_SYMBOLS, columns, strict=False)))

    def network(ratio: Any, advantage: Any, progress: Any = 0.0) -> NDArray[np.float64]:
        single = (jnp.asarray(column, jnp.float32) for column in (ratio, advantage, progress))
        return np.asarray(drift.evaluate(params, *single), dtype=np.float64)

    return network
