"""Constants of a skeleton by batched multi-start Levenberg-Marquardt on their logarithms."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from discovery.expression.evaluate import evaluate
from discovery.expression.node import Apply, Expr, Symbol, symbols
from discovery.grammar.enumerate import Skeleton
from discovery.regression.table import DriftTable

Array = NDArray[np.float64]
_STEP = 1e-6  # of the forward difference in the logarithm of a constant


@dataclass(frozen=True)
class Fit:
    """Fitted constants [k] of a skeleton and the weighted mean squared error they reach."""

    constants: Array
    loss: float


def loss_of(expr: Expr, table: DriftTable) -> float:
    """The weighted mean squared error sum_i w_i (f(r_i, A_i) - f_i)^2, inf where f is undefined."""
    if len(table) == 0:
        return 0.0
    values = evaluate(expr, {"r": table.ratio, "A": table.advantage})
    error = table.weight @ (values - table.drift) ** 2
    return float(error) if np.isfinite(error) else np.inf


def starting_points(skeleton: Skeleton, count: int, *, seed: int) -> Array:
    """[count, k] low-discrepancy points, log-uniform in the constants' ranges; a single empty row if there are none."""
    if not skeleton.constants:
        return np.zeros((1, 0))
    low, high = np.log([c.low for c in skeleton.constants]), np.log([c.high for c in skeleton.constants])
    unit = qmc.Sobol(len(skeleton.constants), rng=np.random.default_rng(seed)).random_base2(
        int(np.ceil(np.log2(count)))
    )
    return np.exp(low + unit * (high - low))


def linear_constant(skeleton: Skeleton) -> int | None:
    """The index of a constant that only multiplies the whole formula: its best value has a closed form."""
    match skeleton.expr:
        case Apply("mul", factors):
            for index, name in enumerate(skeleton.names):
                if Symbol(name) in factors and sum(name in symbols(factor) for factor in factors) == 1:
                    return index
    return None


def predict(skeleton: Skeleton, constants: Array, table: DriftTable, dtype: type = np.float64) -> NDArray:
    """[starts, rows] values of the skeleton for constants [starts, k]."""
    values = {"r": table.ratio[None, :], "A": table.advantage[None, :]}
    values |= {name: constants[:, index, None] for index, name in enumerate(skeleton.names)}
    return evaluate(skeleton.expr, values, dtype)


def screen(skeleton: Skeleton, starts: Array, table: DriftTable) -> tuple[Array, Array]:
    """Losses [starts] in float32, and the starts with their linear constant set to its best value.

    For f = c g the loss is least at c = <g, y> / <g, g> in the weighted inner product, kept inside c's range.
    """
    starts = starts.copy()
    linear = linear_constant(skeleton)
    if linear is not None:
        starts[:, linear] = 1.0
    values = predict(skeleton, starts, table, np.float32).astype(np.float64)
    with np.errstate(all="ignore"):
        if linear is not None:
            constant = skeleton.constants[linear]
            scale = (values @ (table.weight * table.drift)) / (values**2 @ table.weight)
            scale = np.clip(np.nan_to_num(scale, nan=constant.low), constant.low, constant.high)
            starts[:, linear], values = scale, values * scale[:, None]
        losses = (values - table.drift) ** 2 @ table.weight
    return np.where(np.isfinite(losses), losses, np.inf), starts


def refine(
    skeleton: Skeleton,
    starts: Array,
    table: DriftTable,
    *,
    frozen: Sequence[int] = (),
    iterations: int = 40,
) -> Fit:
    """The best of Levenberg-Marquardt runs from all `starts` at once, in float64, inside the constants' ranges.

    Args:
        skeleton: the formula with k open constants.
        starts: [starts, k].
        table: the rows to fit; the loss is the weighted mean squared error.
        frozen: constants that keep their starting value.
        iterations: steps of every run.
    """
    free = [index for index in range(starts.shape[1]) if index not in set(frozen)]
    root = np.sqrt(table.weight)
    low = np.log([constant.low for constant in skeleton.constants])
    high = np.log([constant.high for constant in skeleton.constants])
    theta = np.clip(np.log(starts), low, high)

    def residual(points: Array) -> Array:
        with np.errstate(all="ignore"):
            return np.nan_to_num(
                (predict(skeleton, np.exp(points), table) - table.drift) * root, nan=1e6, posinf=1e6, neginf=-1e6
            )

    error = residual(theta)
    losses = (error**2).sum(axis=1)
    damping = np.full(len(theta), 1e-2)
    for _ in range(iterations if free else 0):
        jacobian = np.stack([(residual(theta + _STEP * _unit(theta, i)) - error) / _STEP for i in free], axis=2)
        normal = np.einsum("snk,snl->skl", jacobian, jacobian)
        slope = np.einsum("snk,sn->sk", jacobian, error)
        diagonal = np.einsum("skk->sk", normal)
        ridge = damping[:, None] * (diagonal + 1e-12 * (1 + diagonal.max(axis=1, keepdims=True))) + 1e-300
        step = np.linalg.solve(normal + np.einsum("sk,kl->skl", ridge, np.eye(len(free))), -slope[:, :, None])[:, :, 0]
        trial = theta.copy()
        trial[:, free] = np.clip(trial[:, free] + np.clip(step, -2, 2), low[free], high[free])
        trial_error = residual(trial)
        trial_losses = (trial_error**2).sum(axis=1)
        better = trial_losses < losses
        theta[better], error[better], losses[better] = trial[better], trial_error[better], trial_losses[better]
        damping = np.clip(np.where(better, damping / 4, damping * 6), 1e-12, 1e12)
        if damping.min() >= 1e12:
            break
    best = int(np.argmin(losses))
    return Fit(np.exp(theta[best]), float(losses[best]))


def _unit(theta: Array, index: int) -> Array:
    unit = np.zeros_like(theta)
    unit[:, index] = 1.0
    return unit
