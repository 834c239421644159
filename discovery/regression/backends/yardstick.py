"""When two formulas are equal on the data: the loss of the one is not worse than a stated factor of the other's."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from discovery.expression.evaluate import evaluate
from discovery.expression.node import Expr
from discovery.regression.backends.protocol import Proposal, Region
from discovery.regression.sampling import spread_places
from discovery.regression.table import TRAIN, DriftTable

Array = NDArray[np.float64]
FLOOR = 1e-13  # of the drift's mean square: below this two losses are the noise of an engine's float32
ROWS = 1_000


def _itself(expr: Expr) -> Expr:
    return expr


@dataclass(frozen=True)
class Yardstick:
    """Rows of one region, with the loss that versions of a formula may reach there.

    Attributes:
        ratio, advantage, drift, weight: [n]; the weights sum to 1.
        limit: the largest mean squared error that counts as equal.
        combine: the formula that is measured, for the one that is handed in.
    """

    ratio: Array
    advantage: Array
    drift: Array
    weight: Array
    limit: float
    combine: Callable[[Expr], Expr] = _itself

    @property
    def floor(self) -> float:
        """A loss that is nothing."""
        with np.errstate(over="ignore"):
            return FLOOR * float(self.weight @ self.drift**2)

    def values(self, expr: Expr) -> Array:
        """[n] values of a formula in r and A; nan where it cannot be combined."""
        try:
            expr = self.combine(expr)
        except ValueError:
            return np.full(len(self.ratio), np.nan)
        return evaluate(expr, {"r": self.ratio, "A": self.advantage})

    def loss(self, expr: Expr) -> float:
        """The weighted mean squared error, inf where the formula is undefined."""
        with np.errstate(all="ignore"):
            error = float(self.weight @ (self.values(expr) - self.drift) ** 2)
        return error if math.isfinite(error) else math.inf

    def equal(self, expr: Expr) -> bool:
        """Whether the formula is equal on the data to the one that this yardstick was made for."""
        return self.loss(expr) <= self.limit


def yardstick(proposal: Proposal, table: DriftTable | None, *, factor: float, seed: int = 0) -> Yardstick:
    """The yardstick of a proposal.

    With data, a version is equal if its loss is at most `factor` times the proposal's. Without, the proposal's own
    values at places spread over its region stand in for them: by the triangle inequality a version whose mean squared
    difference is at most (sqrt(factor) - 1)^2 times the reported loss has at most `factor` times that loss.

    Args:
        proposal: with its region.
        table: the data, of which at most `ROWS` training rows are used.
        factor: > 1.
        seed: of the choice of rows.
    """
    rng = np.random.default_rng(seed)
    rows = None if table is None else _rows(table, proposal.region, rng)
    if rows is not None:
        made = Yardstick(*rows, limit=math.inf)
        return Yardstick(*rows, limit=factor * _finite(made.loss(proposal.expr)) + made.floor)
    ratio, advantage = spread_places(ROWS, rng=rng)
    if proposal.region is not Region.WHOLE:
        advantage = np.abs(advantage) * (1 if proposal.region is Region.POSITIVE else -1)
    drift = evaluate(proposal.expr, {"r": ratio, "A": advantage})
    kept = np.isfinite(drift)
    if not kept.any():
        return Yardstick(ratio, advantage, np.zeros(ROWS), np.full(ROWS, 1 / ROWS), 0.0)
    weight = np.full(int(kept.sum()), 1 / kept.sum())
    made = Yardstick(ratio[kept], advantage[kept], drift[kept], weight, math.inf)
    limit = (math.sqrt(factor) - 1) ** 2 * _finite(proposal.loss) + made.floor
    return Yardstick(made.ratio, made.advantage, made.drift, made.weight, limit)


def _finite(loss: float) -> float:
    """Nothing is equal to what is undefined on the data but by chance: its limit is the floor."""
    return loss if math.isfinite(loss) else 0.0


def _rows(table: DriftTable, region: Region, rng: np.random.Generator) -> tuple[Array, ...] | None:
    mask = table.part == TRAIN
    if region is not Region.WHOLE:
        mask &= table.advantage >= 0 if region is Region.POSITIVE else table.advantage < 0
    chosen = np.flatnonzero(mask & (table.weight > 0))
    if len(chosen) == 0:
        return None
    chosen = rng.permutation(chosen)[:ROWS]
    weight = table.weight[chosen]
    return table.ratio[chosen], table.advantage[chosen], table.drift[chosen], weight / weight.sum()
