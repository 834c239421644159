"""Constants of a skeleton by batched multi-start Levenberg-Marquardt on their logarithms."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from discovery.expression.evaluate import evaluate
from discovery.expression.node import Apply, Expr, Symbol, symbols
from discovery.grammar.enumerate import Skeleton
from discovery.grammar.grammar import Constant
from discovery.regression.table import DriftTable
from discovery.regression.values import Values

Array = NDArray[np.float64]
_STEP = 1e-6  # of the forward difference in the logarithm of a constant
_TURN = 1e-4  # of the central difference in log r, for slopes
_HUGE = 1e6  # times the largest target, or 1: stands for an error that is larger or undefined


@dataclass(frozen=True)
class Loss:
    """What is minimised: sum_i w_i rho(f(r_i, A_i) - f_i) + slope_weight * (the same of df/dr, scaled to equal power).

    Attributes:
        kind: "squared", rho(e) = e**2; "huber", rho(e) = e**2 for |e| <= d, else 2 d |e| - d**2: outliers count less.
        delta: d, in the drift's own unit.
        slope_weight: of the slopes, where the table has them.
    """

    kind: Literal["squared", "huber"] = "squared"
    delta: float = 1.0
    slope_weight: float = 0.0

    def of(self, errors: NDArray) -> NDArray:
        """rho of each error."""
        if self.kind == "squared":
            return errors**2
        size = np.abs(errors)
        return np.where(size <= self.delta, errors**2, 2 * self.delta * size - self.delta**2)


@dataclass(frozen=True)
class Fit:
    """Fitted constants [k] of a skeleton and the loss they reach."""

    constants: Array
    loss: float


class Rows:
    """The rows that constants are fitted to: targets, weights, and the values of any skeleton there."""

    def __init__(self, table: DriftTable, loss: Loss, *, power: float | None = None) -> None:
        """`power`: the drift's variance on the whole table; by default that of these rows.

        `rough_target`: weights, targets and their products in float32, for screening.
        """
        self.table, self.loss = table, loss
        self.power = table.power if power is None else power
        self.target, self.weight = table.drift, table.weight
        products = (table.weight, table.drift, table.weight * table.drift)
        self.rough_target = tuple(column.astype(np.float32) for column in products)
        self._exact, self._rough = Values(table), Values(table, np.float32)
        self._shifted: tuple[Values, ...] = ()
        self._huge = _HUGE * max(1.0, float(np.abs(table.drift).max(initial=0.0)))
        if loss.slope_weight > 0 and table.slope is not None:
            self._shifted = tuple(Values(table.shifted(np.exp(turn))) for turn in (_TURN, -_TURN))
            self._width = table.ratio * (np.exp(_TURN) - np.exp(-_TURN))
            scale = np.sqrt(self.power / max(table.weight @ table.slope**2 / table.weight.sum(), 1e-300))
            self._slope_scale = scale * np.sqrt(loss.slope_weight)
            self.target = np.concatenate([table.drift, self._slope_scale * table.slope])
            self.weight = np.concatenate([table.weight, table.weight])

    def rough(self, skeleton: Skeleton, constants: Array) -> NDArray[np.float32]:
        """[n, rows] values in float32, without slopes."""
        return self._rough(skeleton.expr, skeleton.names, constants)

    def errors(self, skeleton: Skeleton, constants: Array) -> Array:
        """[n, rows] errors of the values, and of the slopes if they count; large where undefined."""
        with np.errstate(all="ignore"):
            found = self._exact(skeleton.expr, skeleton.names, constants)
            if self._shifted:
                up, down = (values(skeleton.expr, skeleton.names, constants) for values in self._shifted)
                found = np.concatenate([found, self._slope_scale * (up - down) / self._width], axis=1)
            found = found - self.target
            if not max(found.max(), -found.min()) <= self._huge:
                np.clip(np.nan_to_num(found, nan=self._huge), -self._huge, self._huge, out=found)
            return found

    def losses(self, errors: Array) -> Array:
        """[n] losses of errors [n, rows]."""
        return self.loss.of(errors) @ self.weight

    def emphasis(self, errors: Array) -> Array:
        """[n, rows] or [rows]: weights under which the squared loss has the loss's gradient."""
        if self.loss.kind == "squared":
            return self.weight
        return self.weight * np.minimum(1.0, self.loss.delta / np.maximum(np.abs(errors), 1e-300))


def loss_of(expr: Expr, table: DriftTable, loss: Loss) -> float:
    """sum_i w_i rho(f(r_i, A_i) - f_i), inf where f is undefined."""
    if len(table) == 0:
        return 0.0
    with np.errstate(all="ignore"):
        error = table.weight @ loss.of(evaluate(expr, table.variables()) - table.drift)
    return float(error) if np.isfinite(error) else np.inf


def starting_points(skeleton: Skeleton, count: int, *, seed: int) -> Array:
    """[count, k] low-discrepancy points, log-uniform in the constants' ranges; a single empty row if there are none."""
    return _points(skeleton.constants, count, seed).copy()


@lru_cache(maxsize=4096)
def _points(constants: tuple[Constant, ...], count: int, seed: int) -> Array:
    if not constants:
        return np.zeros((1, 0))
    low, high = np.log([c.low for c in constants]), np.log([c.high for c in constants])
    unit = qmc.Sobol(len(constants), rng=np.random.default_rng(seed)).random_base2(int(np.ceil(np.log2(count))))
    return np.exp(low + unit * (high - low))


@lru_cache(maxsize=1 << 17)
def linear_constant(skeleton: Skeleton) -> int | None:
    """The index of a constant that only multiplies the whole formula: its best value has a closed form."""
    match skeleton.expr:
        case Apply("mul", factors):
            for index, name in enumerate(skeleton.names):
                if Symbol(name) in factors and sum(name in symbols(factor) for factor in factors) == 1:
                    return index
    return None


def screen(skeleton: Skeleton, starts: Array, rows: Rows) -> tuple[Array, Array, NDArray[np.float32]]:
    """Losses [n] in float32, the starts with their linear constant at its best value, and the values [n, rows].

    For f = c g the squared loss is least at c = <g, y> / <g, g> in the weighted inner product, kept in c's range.
    """
    linear = linear_constant(skeleton)
    if linear is not None:
        starts = starts.copy()
        starts[:, linear] = 1.0
    values, (weight, target, weighted) = rows.rough(skeleton, starts), rows.rough_target
    with np.errstate(all="ignore"):
        if linear is not None:
            constant = skeleton.constants[linear]
            scale = (values @ weighted) / (values**2 @ weight)
            scale = np.clip(np.nan_to_num(scale, nan=constant.low), constant.low, constant.high)
            starts[:, linear], values = scale, values * scale[:, None].astype(np.float32)
        error = values - target
        losses = rows.loss.of(error) @ weight
    return np.where(np.isfinite(losses), losses, np.inf).astype(np.float64), starts, values


def refine(skeleton: Skeleton, starts: Array, rows: Rows, *, frozen: Sequence[int] = (), iterations: int = 40) -> Fit:
    """The best of Levenberg-Marquardt runs from all `starts` at once, in float64, inside the constants' ranges.

    Args:
        skeleton: the formula with k open constants.
        starts: [n, k].
        rows: what to fit.
        frozen: constants that keep their starting value.
        iterations: steps of every run.
    """
    free = [index for index in range(starts.shape[1]) if index not in set(frozen)]
    low = np.log([constant.low for constant in skeleton.constants])
    high = np.log([constant.high for constant in skeleton.constants])
    theta = np.clip(np.log(starts), low, high) if free else np.log(starts)
    steps = np.zeros((len(free), 1, theta.shape[1]))
    steps[np.arange(len(free)), 0, free] = _STEP
    error = rows.errors(skeleton, np.exp(theta))
    losses = rows.losses(error)
    damping = np.full(len(theta), 1e-2)
    for _ in range(iterations if free else 0):
        moved = np.exp((theta + steps).reshape(-1, theta.shape[1]))
        jacobian = (rows.errors(skeleton, moved).reshape(len(free), *error.shape) - error) / _STEP  # [k, n, rows]
        weighted = (jacobian * rows.emphasis(error)).transpose(1, 0, 2)  # [n, k, rows]
        normal = weighted @ jacobian.transpose(1, 2, 0)
        slope = (weighted @ error[:, :, None])[:, :, 0]
        diagonal = np.diagonal(normal, axis1=1, axis2=2)
        ridge = damping[:, None] * (diagonal + 1e-12 * (1 + diagonal.max(axis=1, keepdims=True))) + 1e-300
        step = np.linalg.solve(normal + ridge[:, :, None] * np.eye(len(free)), -slope[:, :, None])[:, :, 0]
        trial = theta.copy()
        trial[:, free] = np.clip(trial[:, free] + np.clip(step, -2, 2), low[free], high[free])
        trial_error = rows.errors(skeleton, np.exp(trial))
        trial_losses = rows.losses(trial_error)
        better = trial_losses < losses
        settled = trial_losses > losses * (1 - 1e-9) - 1e-28 * rows.power
        theta[better], error[better], losses[better] = trial[better], trial_error[better], trial_losses[better]
        if (settled & (better | (damping > 1e3))).all():
            break
        damping = np.clip(np.where(better, damping / 4, damping * 6), 1e-12, 1e12)
    best = int(np.argmin(losses))
    return Fit(np.exp(theta[best]), float(losses[best]))
