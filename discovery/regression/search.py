"""The search: enumerate a grammar, screen every skeleton, fit and snap the finalists, keep the Pareto front.

Where the grammar has where(A >= 0, X, Y), the squared loss falls into a sum over A >= 0 and over A < 0: the two halves
are searched apart, and their fronts are put together. That makes the search of pairs as cheap as that of halves.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from discovery.expression.canonical import canonical
from discovery.expression.node import ADVANTAGE, ZERO, Apply, Expr, negate
from discovery.expression.operators import complexity
from discovery.grammar.enumerate import Skeleton, enumerate_skeletons
from discovery.grammar.grammar import Grammar
from discovery.regression.config import DistilConfig
from discovery.regression.fit import Fit, loss_of, refine, screen, starting_points
from discovery.regression.front import Candidate, judge, pareto_front, with_ties
from discovery.regression.snap import snap
from discovery.regression.table import TRAIN, DriftTable

Progress = Callable[[str, int, int], None]
_BEST_STARTS = 6  # of a skeleton's starting points, the ones that are refined
_SNAPPED = 24  # fitted skeletons of a part whose constants are snapped


@dataclass(frozen=True)
class Scored:
    """A formula with exact constants for a part of the table, and its loss there."""

    expr: Expr
    loss: float


def distil(
    table: DriftTable, grammar: Grammar, config: DistilConfig, *, progress: Progress = lambda stage, done, total: None
) -> list[Candidate]:
    """The Pareto front of formulas for a table, simplest first; every one is derived from the grammar.

    Args:
        table: values of the drift.
        grammar: what may be proposed; validity of the result is the grammar's promise.
        config: the budget.
        progress: called as progress(stage, done, total).
    """
    progress("enumerating", 0, 1)
    skeletons = enumerate_skeletons(grammar, config.max_cost)
    fitted = table.rows(table.part == TRAIN)
    floor = 1e-10 * table.power
    search = _Search(config, floor, progress)
    formulas = [scored.expr for scored in search.run("whole formulas", skeletons[grammar.start], fitted)]
    if halves := grammar.halves():
        signs = (fitted.advantage >= 0, fitted.advantage < 0)
        parts = [
            search.run(f"A {relation} 0", skeletons[half], fitted.rows(mask))
            for half, mask, relation in zip(halves, signs, (">=", "<"), strict=True)
        ]
        formulas += [_join(x.expr, y.expr) for x, y in _pairs(*parts)]
    candidates = [judge(expr, table) for expr in dict.fromkeys(formulas)]
    candidates = [candidate for candidate in candidates if np.isfinite(candidate.nmse)]
    return with_ties(pareto_front(candidates), candidates)


def _join(positive: Expr, negative: Expr) -> Expr:
    """where(A >= 0, positive, negative), with |A| written as A and -A."""
    condition = Apply("le", (ZERO, ADVANTAGE))
    halves = _without_magnitude(positive, ADVANTAGE), _without_magnitude(negative, negate(ADVANTAGE))
    return canonical(Apply("where", (condition, *halves)))


def _without_magnitude(expr: Expr, magnitude: Expr) -> Expr:
    if expr == Apply("abs", (ADVANTAGE,)):
        return magnitude
    if isinstance(expr, Apply):
        return Apply(expr.op, tuple(_without_magnitude(arg, magnitude) for arg in expr.args))
    return expr


def _pairs(positive: list[Scored], negative: list[Scored]) -> list[tuple[Scored, Scored]]:
    """Pairs of each half's own front, and of each half's runners-up with the other's best (they make the tie sets)."""
    fronts = [_front(half) for half in (positive, negative)]
    pairs = [(x, y) for x in fronts[0] for y in fronts[1]]
    if fronts[0] and fronts[1]:
        pairs += [(x, fronts[1][-1]) for x in positive] + [(fronts[0][-1], y) for y in negative]
    return pairs


def _front(formulas: list[Scored]) -> list[Scored]:
    front: list[Scored] = []
    for scored in sorted(formulas, key=lambda s: (complexity(s.expr), s.loss)):
        if not front or scored.loss < front[-1].loss * 0.999:
            front.append(scored)
    return front


@dataclass(frozen=True)
class _Search:
    config: DistilConfig
    floor: float
    progress: Progress

    def run(self, name: str, skeletons: list[Skeleton], rows: DriftTable) -> list[Scored]:
        """The best snapped formulas for these rows: screen all, refine the finalists, snap the best of those."""
        if len(rows) == 0:
            return [Scored(ZERO, 0.0)]
        rng = np.random.default_rng(self.config.seed)
        small, full = _subsample(rows, self.config.screen_rows, rng), _subsample(rows, self.config.fit_rows, rng)
        screened = []
        for index, skeleton in enumerate(skeletons):
            starts = starting_points(skeleton, self.config.starts, seed=self.config.seed)
            losses, starts = screen(skeleton, starts, small)
            order = np.argsort(losses)[:_BEST_STARTS]
            if np.isfinite(losses[order[0]]):
                screened.append((float(losses[order[0]]), skeleton, starts[order]))
            if index % 100 == 0:
                self.progress(f"{name}: screening", index, len(skeletons))
        finalists = _best_by_cost(screened, self.config.finalists)
        fits: list[tuple[Skeleton, Fit]] = []
        for index, (_, skeleton, starts) in enumerate(finalists):
            fits.append((skeleton, refine(skeleton, starts, full)))
            self.progress(f"{name}: fitting", index + 1, len(finalists))
        fits.sort(key=lambda pair: pair[1].loss)
        chosen = [*fits[:_SNAPPED], *_cheapest_front(fits[_SNAPPED:])]
        result = []
        for index, (skeleton, fit) in enumerate(chosen):
            expr, _ = snap(skeleton, fit, full, tolerance=self.config.snap_tolerance, floor=self.floor)
            result.append(Scored(expr, loss_of(expr, rows)))
            self.progress(f"{name}: snapping constants", index + 1, len(chosen))
        return [scored for scored in result if np.isfinite(scored.loss)]


def _best_by_cost(screened: list[tuple], count: int) -> list[tuple]:
    """The best skeletons overall, and the best few of each cost, so that simple formulas stay in the running."""
    ranked = sorted(screened, key=lambda item: item[0])
    kept = {id(item[1]): item for item in ranked[:count]}
    for cost in {item[1].cost for item in ranked}:
        for item in [item for item in ranked if item[1].cost == cost][: max(3, count // 10)]:
            kept[id(item[1])] = item
    return list(kept.values())


def _cheapest_front(fits: list[tuple[Skeleton, Fit]]) -> list[tuple[Skeleton, Fit]]:
    front: list[tuple[Skeleton, Fit]] = []
    for pair in sorted(fits, key=lambda pair: (pair[0].cost, pair[1].loss)):
        if not front or pair[1].loss < front[-1][1].loss:
            front.append(pair)
    return front


def _subsample(rows: DriftTable, count: int, rng: np.random.Generator) -> DriftTable:
    """At most `count` rows, drawn with their weights scaled so that the loss keeps its expectation."""
    if len(rows) <= count:
        return rows
    chosen = np.zeros(len(rows), dtype=bool)
    chosen[rng.choice(len(rows), count, replace=False)] = True
    small = rows.rows(chosen)
    scale = rows.weight.sum() / small.weight.sum()
    return DriftTable(small.ratio, small.advantage, small.drift, small.weight * scale, small.part)
