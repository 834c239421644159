"""Tables of a drift's values: where it was asked, how much each place matters, what is kept back."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
TRAIN, HELD_OUT_SAMPLE, HELD_OUT_REGION = 0, 1, 2
_LARGEST = 1e100  # squares of larger values, summed and divided, leave float64
_SMALLEST_POWER = 1e-300
_FINITE: tuple[str, Callable[[Array], NDArray[np.bool_]]] = ("finite", np.isfinite)
_RULES: dict[str, tuple[str, Callable[[Array], NDArray[np.bool_]]]] = {
    "ratio": ("finite and > 0", lambda column: column > 0),
    "weight": ("finite and >= 0", lambda column: column >= 0),
    "progress": ("in [0, 1]", lambda column: (column >= 0) & (column <= 1)),
}


class BadValueError(ValueError):
    """A value of a table is not allowed.

    Attributes:
        row: which row, from 0.
        told: the value and the rule, without the place: "ratio is -1; it must be finite and > 0".
    """

    def __init__(self, column: str, row: int, value: float, rule: str) -> None:
        super().__init__(f"column {column}, row {row + 1}: {_shown(value)} is not allowed; values must be {rule}")
        self.row, self.told = row, f"{column} is {_shown(value)}; it must be {rule}"


def _shown(value: float) -> str:
    """A number as one writes it: 1.0 as 1, -0.0 as 0."""
    return repr(value + 0.0).removesuffix(".0")


@dataclass(frozen=True)
class DriftTable:
    """Values f(r, A) of a drift, in float64.

    Attributes:
        ratio: [n], > 0.
        advantage: [n].
        drift: [n].
        weight: [n], >= 0, summing to 1; how often training visits the place.
        part: [n], 0 for rows to fit, 1 for a random held-out part, 2 for held-out bands of the advantage.
        slope: [n], the drift's derivative in the ratio, or None.
        progress: [n], how far training has come, in [0, 1]; None if the drift does not see it.
    """

    ratio: Array
    advantage: Array
    drift: Array
    weight: Array
    part: NDArray[np.int8]
    slope: Array | None = None
    progress: Array | None = None

    def rows(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> "DriftTable":
        """The rows of a mask or of indices; weights are not renormalised."""
        required = (self.ratio, self.advantage, self.drift, self.weight)
        slope, progress = (column if column is None else column[chosen] for column in (self.slope, self.progress))
        ratio, advantage, drift, weight = (column[chosen] for column in required)
        return DriftTable(ratio, advantage, drift, weight, self.part[chosen], slope, progress)

    def variables(self) -> dict[str, Array]:
        """The columns by the symbols of the formula language."""
        progress = {} if self.progress is None else {"progress": self.progress}
        return {"r": self.ratio, "A": self.advantage, **progress}

    def weighted(self, weight: Array) -> "DriftTable":
        """The same rows with other weights."""
        return replace(self, weight=weight)

    def divided(self, unit: float) -> "DriftTable":
        """The same table with the drift in another unit."""
        if unit == 1:
            return self
        return replace(self, drift=self.drift / unit, slope=None if self.slope is None else self.slope / unit)

    def shifted(self, factor: float) -> "DriftTable":
        """The same table at ratios times `factor`."""
        return replace(self, ratio=self.ratio * factor)

    def __len__(self) -> int:
        return len(self.ratio)

    @property
    def power(self) -> float:
        """The weighted variance of the drift, by which errors are normalised."""
        total = self.weight.sum()
        mean = self.weight @ self.drift / total
        return float(self.weight @ (self.drift - mean) ** 2 / total)


def robust_deviation(table: DriftTable) -> float:
    """The drift's standard deviation as its quantiles at 5% and 95% give it; the plain one where they are equal."""
    low, high = np.quantile(table.drift, [0.05, 0.95])
    return float(high - low) / 3.29 or float(np.sqrt(table.power))


def make_table(
    ratio: Array,
    advantage: Array,
    drift: Array,
    weight: Array | None = None,
    *,
    slope: Array | None = None,
    progress: Array | None = None,
    rng: np.random.Generator,
) -> DriftTable:
    """A checked table with held-out parts: a fifth of the rows at random, and a band of advantages on either side.

    Args:
        ratio: [n], finite and > 0.
        advantage: [n], finite.
        drift: [n], finite, not constant (max - min > 1e-12 max|f|), not huge throughout (median |f| <= 1e100).
        weight: [n], >= 0; equal weights by default.
        slope: [n], finite; df/dr if it is known.
        progress: [n], in [0, 1], if the drift changes in training.
        rng: chooses the held-out rows.

    Raises:
        ValueError: one line; a BadValueError names the column and the first bad row.
    """
    weight = np.ones_like(drift) if weight is None else weight
    for name, column in _columns(ratio, advantage, drift, weight, slope, progress).items():
        if column.shape != drift.shape or column.ndim != 1:
            raise ValueError(
                f"column {name} has shape {column.shape}, drift has {drift.shape}; they must be equal and flat"
            )
        rule, allowed = _RULES.get(name, _FINITE)
        good = np.isfinite(column) & allowed(column)
        if not good.all():
            row = int(np.argmin(good))
            raise BadValueError(name, row, float(column[row]), rule)
    if len(drift) < 20:
        rows = "1 row is" if len(drift) == 1 else f"{len(drift)} rows are"
        raise ValueError(f"{rows} too few to fit and to hold some back; at least 20 are needed")
    if weight.sum() <= 0:
        raise ValueError("the weights sum to zero; at least some rows must count")
    _check_size(drift[weight > 0])
    part = np.where(rng.random(len(drift)) < 0.2, HELD_OUT_SAMPLE, TRAIN).astype(np.int8)
    for side in (advantage >= 0, advantage < 0):
        if side.sum() >= 20:
            low, high = np.quantile(advantage[side], [0.6, 0.7])
            part[side & (advantage > low) & (advantage <= high)] = HELD_OUT_REGION
    table = DriftTable(ratio, advantage, drift, weight / weight.sum(), part, slope, progress)
    with np.errstate(over="ignore", invalid="ignore"):
        power = table.power
    if not _SMALLEST_POWER <= power < np.inf:  # a NaN is an overflow too
        raise ValueError(f"the drift is too {'small' if power < _SMALLEST_POWER else 'large'}: rescale it")
    return table


def _check_size(drift: Array) -> None:
    """Refuses values that are constant or too large; those that do not count are left out."""
    sizes = np.sort(np.abs(drift))
    typical = float(sizes[len(sizes) // 2])
    if typical > _LARGEST:
        raise ValueError(f"the drift is too large: rescale it (half of its values exceed {typical:.3g} in size)")
    with np.errstate(over="ignore"):
        spread = np.max(drift) - np.min(drift)
    if spread <= 1e-12 * sizes[-1]:
        raise ValueError(f"the drift is constant ({drift[0] + 0.0:g}); there is nothing to distil")


def _columns(*columns: Array | None) -> dict[str, Array]:
    """The columns that there are, by name."""
    names = ("ratio", "advantage", "drift", "weight", "slope", "progress")
    return {name: column for name, column in zip(names, columns, strict=True) if column is not None}
