"""Tables of a drift's values: where it was asked, how much each place matters, what is kept back."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
TRAIN, HELD_OUT_SAMPLE, HELD_OUT_REGION = 0, 1, 2


@dataclass(frozen=True)
class DriftTable:
    """Values f(r, A) of a drift, in float64.

    Attributes:
        ratio: [n], > 0.
        advantage: [n].
        drift: [n].
        weight: [n], >= 0, summing to 1; how often training visits the place.
        part: [n], 0 for rows to fit, 1 for a random held-out part, 2 for held-out bands of the advantage.
    """

    ratio: Array
    advantage: Array
    drift: Array
    weight: Array
    part: NDArray[np.int8]

    def rows(self, mask: NDArray[np.bool_]) -> "DriftTable":
        """The rows where `mask` holds; weights are not renormalised."""
        return DriftTable(*(getattr(self, name)[mask] for name in ("ratio", "advantage", "drift", "weight", "part")))

    def __len__(self) -> int:
        return len(self.ratio)

    @property
    def power(self) -> float:
        """The weighted variance of the drift, by which errors are normalised."""
        total = self.weight.sum()
        mean = self.weight @ self.drift / total
        return float(self.weight @ (self.drift - mean) ** 2 / total)


def make_table(
    ratio: Array,
    advantage: Array,
    drift: Array,
    weight: Array | None = None,
    *,
    rng: np.random.Generator,
    max_rows: int = 20_000,
) -> DriftTable:
    """A checked table with held-out parts: a fifth of the rows at random, and a band of advantages on either side.

    Args:
        ratio: [n], finite and > 0.
        advantage: [n], finite.
        drift: [n], finite, not constant.
        weight: [n], >= 0; equal weights by default.
        rng: chooses the held-out rows, and a subsample when there are more than `max_rows` rows.

    Raises:
        ValueError: one line that names the column and the first bad row.
    """
    weight = np.ones_like(drift) if weight is None else weight
    for name, column, good in (
        ("ratio", ratio, np.isfinite(ratio) & (ratio > 0)),
        ("advantage", advantage, np.isfinite(advantage)),
        ("drift", drift, np.isfinite(drift)),
        ("weight", weight, np.isfinite(weight) & (weight >= 0)),
    ):
        if column.shape != drift.shape or column.ndim != 1:
            raise ValueError(
                f"column {name} has shape {column.shape}, drift has {drift.shape}; they must be equal and flat"
            )
        if not good.all():
            row = int(np.argmin(good))
            rule = {"ratio": "finite and > 0", "weight": "finite and >= 0"}.get(name, "finite")
            raise ValueError(f"column {name}, row {row + 1}: {column[row]} is not allowed; values must be {rule}")
    if len(drift) < 20:
        raise ValueError(f"{len(drift)} rows are too few to fit and to hold some back; at least 20 are needed")
    if weight.sum() <= 0:
        raise ValueError("the weights sum to zero; at least some rows must count")
    if len(drift) > max_rows:
        kept = rng.choice(len(drift), max_rows, replace=False)
        ratio, advantage, drift, weight = ratio[kept], advantage[kept], drift[kept], weight[kept]
    part = np.where(rng.random(len(drift)) < 0.2, HELD_OUT_SAMPLE, TRAIN).astype(np.int8)
    for side in (advantage >= 0, advantage < 0):
        if side.sum() >= 20:
            low, high = np.quantile(advantage[side], [0.6, 0.7])
            part[side & (advantage > low) & (advantage <= high)] = HELD_OUT_REGION
    table = DriftTable(ratio, advantage, drift, weight / weight.sum(), part)
    if table.power <= 1e-30 * max(1.0, float(np.max(drift**2))):
        raise ValueError(f"the drift is constant ({drift[0]:g}); there is nothing to distil")
    return table


def read_samples(path: str, *, rng: np.random.Generator) -> DriftTable:
    """A table from a CSV file with columns ratio, advantage, drift and optionally weight.

    Raises:
        ValueError: the file is missing, lacks a column, or holds something that is not a number.
    """
    if not Path(path).is_file():
        raise ValueError(f"no such file: {path}")
    try:
        lines = Path(path).read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read {path}: {getattr(error, 'strerror', None) or 'not a text file'}") from None
    return _parsed(path, lines, rng)


def _parsed(path: str, lines: list[str], rng: np.random.Generator) -> DriftTable:
    reader = csv.DictReader(lines)
    names = reader.fieldnames or []
    if not names:
        raise ValueError(f"{path} is empty; needed: columns ratio, advantage, drift, optionally weight")
    missing = [name for name in ("ratio", "advantage", "drift") if name not in names]
    if missing:
        raise ValueError(f"{path} lacks column {missing[0]!r}; needed: ratio, advantage, drift, optionally weight")
    wanted = [name for name in ("ratio", "advantage", "drift", "weight") if name in names]
    rows = []
    for number, row in enumerate(reader, start=2):
        try:
            rows.append([float(row[name]) for name in wanted])
        except (TypeError, ValueError):
            raise ValueError(f"{path}, line {number}: not a row of numbers") from None
    columns = np.array(rows, dtype=np.float64).reshape(-1, len(wanted)).T
    return make_table(*columns, rng=rng)
