"""One part of a table that is searched apart: all of it, or the rows of one sign of the advantage."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from discovery.expression.node import Expr
from discovery.expression.operators import complexity
from discovery.grammar.derivation import Derivation, Expressions
from discovery.grammar.enumerate import Skeleton
from discovery.regression.fit import Array, Fit, Loss, Rows, refine
from discovery.regression.table import DriftTable

EXACT = 1e-18  # of the drift's power: a fit that is exact to the last digits


@dataclass(frozen=True)
class Fitted:
    """A skeleton with fitted constants [k], and its loss on the few rows of the search."""

    skeleton: Skeleton
    constants: Array
    loss: float
    derivation: Derivation | None = None

    @property
    def fit(self) -> Fit:
        """The constants and the loss alone."""
        return Fit(self.constants, self.loss)

    @property
    def complexity(self) -> int:
        """The size of the formula."""
        return _complexity(self.skeleton.expr)


@dataclass
class Part:
    """What is being searched.

    Attributes:
        name: for progress.
        kind: the type of formulas.
        few: the rows of the search.
        many: the rows of the last fits.
        power: the variance of the whole drift.
        archive: the best fit of each formula tried.
        tried: how many formulas were fitted or screened.
        exact: formulas that are exact on the many rows, if there are any.
    """

    name: str
    kind: str
    few: Rows
    many: Rows
    power: float
    archive: dict[Expr, Fitted] = field(default_factory=dict)
    tried: int = 0
    exact: list[Fitted] = field(default_factory=list)

    @staticmethod
    def of(
        name: str,
        kind: str,
        rows: DriftTable,
        loss: Loss,
        *,
        few: int,
        many: int,
        power: float,
        rng: np.random.Generator,
    ) -> "Part":
        """The part of these rows, its subsamples drawn with `rng`."""
        small, large = (Rows(subsample(rows, count, rng), loss, power=power) for count in (few, many))
        return Part(name, kind, small, large, power)

    def add(self, fitted: Iterable[Fitted]) -> None:
        """Keep what is finite and better than what is known of the same formula."""
        for item in fitted:
            known = self.archive.get(item.skeleton.expr)
            if np.isfinite(item.loss) and (known is None or item.loss < known.loss):
                self.archive[item.skeleton.expr] = item

    def best(self, count: int) -> list[Fitted]:
        """The formulas of least loss."""
        return sorted(self.archive.values(), key=lambda item: (item.loss, item.complexity))[:count]

    def settle_if_exact(self, *, most: int = 6) -> bool:
        """Whether a formula is exact on the many rows; all such among the best `most` are remembered.

        One function may have many spellings, and which one has short constants is known only after snapping.
        """
        if not self.exact:
            near = [item for item in self.best(most) if item.loss <= 1e-7 * self.power]
            for item in sorted(near, key=lambda item: item.complexity):
                fit = refine(item.skeleton, item.constants[None, :], self.many, iterations=60)
                if fit.loss <= EXACT * self.power:
                    self.exact.append(replace(item, constants=fit.constants, loss=fit.loss))
        return bool(self.exact)


_complexity = lru_cache(maxsize=1 << 17)(complexity)


def fitted(skeleton: Skeleton, fit: Fit, derivation: Derivation | None = None) -> Fitted:
    """The record of a fit."""
    return Fitted(skeleton, fit.constants, fit.loss, derivation)


def elite(archive: Iterable[Fitted], each: int) -> list[Fitted]:
    """The best few formulas of each complexity, as far as they do not fall far behind every simpler one's best."""
    ranked: dict[int, list[Fitted]] = {}
    for item in sorted(archive, key=lambda item: item.loss):
        ranked.setdefault(item.complexity, []).append(item)
    kept, bound = [], np.inf
    for size in sorted(ranked):
        kept += [item for item in ranked[size][:each] if item.loss <= 2 * bound]
        bound = min(bound, ranked[size][0].loss)
    return kept


def derivation_of(item: Fitted, kind: str, expressions: Expressions) -> Derivation:
    """The derivation of a fitted skeleton, its constants those of the fit."""
    skeleton = item.skeleton if item.derivation is None else expressions.skeleton(item.derivation)[0]
    return expressions.derivation(kind, skeleton, item.constants)


def subsample(rows: DriftTable, count: int, rng: np.random.Generator) -> DriftTable:
    """At most `count` rows, drawn with their weights scaled so that the loss keeps its expectation."""
    if len(rows) <= count:
        return rows
    small = rows.rows(np.sort(rng.choice(len(rows), count, replace=False)))
    scale = rows.weight.sum() / small.weight.sum()
    return small.weighted(small.weight * scale)
