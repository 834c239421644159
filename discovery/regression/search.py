"""The search: enumerate a grammar by cost, add sums of two terms, evolve beyond, fit, snap, keep the Pareto front.

Where the grammar has where(A >= 0, X, Y), the loss falls into a sum over A >= 0 and over A < 0: the two halves are
searched apart, and their fronts are put together. That makes the search of pairs as cheap as that of halves. Formulas
of both halves are tried on the whole table, so that one shared form, which is simpler, wins where it is as good.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from discovery.expression.node import ZERO, Expr
from discovery.grammar.derivation import Expressions, lifted
from discovery.grammar.enumerate import Skeleton, levels
from discovery.grammar.grammar import Grammar, GrammarError
from discovery.regression.budget import Budget
from discovery.regression.config import DistilConfig
from discovery.regression.evolve import Island, Variation, generation
from discovery.regression.fit import Loss, refine
from discovery.regression.front import Candidate, judged, pareto_front, with_ties
from discovery.regression.halves import Scored, finalists, joined
from discovery.regression.idle import without_idle_parts
from discovery.regression.misfit import Misfit, misfits
from discovery.regression.part import Part, derivation_of, fitted, subsample
from discovery.regression.scale import times, unit_of
from discovery.regression.screening import Screened, refined, screen_level
from discovery.regression.stability import constants_of
from discovery.regression.sums import best_sums
from discovery.regression.table import TRAIN, DriftTable, robust_deviation

Progress = Callable[[str, int, int], None]
Decide = Callable[[Sequence[Expr]], Sequence[bool]]
_ENUMERATION_SHARE = 0.5  # of the time, at most; the rest is for evolution and the last fits
_SEARCH_SHARE = 0.8
_MIGRATION = 5  # generations between exchanges of formulas between the parts
_MORE_COSTS = 1
_SMALL_COST = 4  # of the formulas that evolution takes new parts from
_CHILD_COST = 16
_RANKED_ROWS = 6_000  # on which formulas are compared; the front is judged on all


@dataclass(frozen=True)
class Found:
    """What a search returns.

    Attributes:
        front: the Pareto front, simplest first.
        misfits: what in the table no valid drift can fit.
        tried: how many formulas were evaluated.
        ended: "exact", "exhausted", "time" or "interrupted".
        seconds: of the search.
    """

    front: list[Candidate]
    misfits: list[Misfit]
    tried: int
    ended: str
    seconds: float


def distil(
    table: DriftTable,
    grammar: Grammar,
    config: DistilConfig,
    *,
    decide: Decide = lambda formulas: [True] * len(formulas),
    progress: Progress = lambda stage, done, total: None,
) -> Found:
    """The Pareto front of formulas for a table, simplest first; every one is derived from the grammar.

    Args:
        table: values of the drift.
        grammar: what may be proposed; validity of the result is the grammar's promise.
        config: the budget.
        decide: says which formulas may enter the front: the prover, handed in.
        progress: called as progress(stage, done, total).

    A KeyboardInterrupt ends the search; what was found until then is returned.
    """
    search = _Search(table, grammar, config, decide, progress)
    try:
        try:
            search.explore()
        except KeyboardInterrupt:
            search.budget.interrupted.set()
        return search.settle()
    finally:
        search.executor.shutdown(wait=True, cancel_futures=True)


def require_columns(table: DriftTable, grammar: Grammar) -> None:
    """Refuse a table that lacks a column of the grammar.

    Raises:
        ValueError: the grammar uses progress, the table has none.
    """
    if table.progress is None and grammar.uses_progress():
        raise ValueError(f"grammar {grammar.name} uses progress, which the table does not have; add that column")


class _Search:
    def __init__(
        self, table: DriftTable, grammar: Grammar, config: DistilConfig, decide: Decide, progress: Progress
    ) -> None:
        require_columns(table, grammar)
        self.scale = unit_of(table)
        self.given, self.table = table, table.divided(self.scale)
        self.grammar, self.config = grammar, config
        self.decide, self.progress = decide, progress
        self.budget = Budget(config.seconds)
        self.expressions = Expressions(grammar)
        self.skeletons: dict[str, list[Skeleton]] = {kind: [] for kind in grammar.nonterminals}
        self.executor = ThreadPoolExecutor(config.workers or os.cpu_count() or 1, thread_name_prefix="distil")
        self.loss = Loss(config.loss, config.huber_delta * robust_deviation(self.table), config.slope_weight)
        self.given_loss = replace(self.loss, delta=self.loss.delta * self.scale)
        self.whole, self.halves = self._parts()
        self.ended = "exhausted"

    def _parts(self) -> tuple[Part, list[Part]]:
        rows = self.table.rows(self.table.part == TRAIN)
        split = self.grammar.halves()
        sides = zip(split, (rows.advantage >= 0, rows.advantage < 0), (">=", "<"), strict=True) if split else ()
        pieces = [("all rows", self.grammar.start, rows)]
        pieces += [(f"A {relation} 0", kind, rows.rows(mask)) for kind, mask, relation in sides if mask.any()]
        sizes = {"few": self.config.screen_rows, "many": self.config.fit_rows, "power": self.table.power}
        parts = [
            Part.of(name, kind, piece, self.loss, **sizes, rng=np.random.default_rng([self.config.seed, index]))
            for index, (name, kind, piece) in enumerate(pieces)
        ]
        return parts[0], parts[1:] if len(parts) == 3 else []

    @property
    def parts(self) -> list[Part]:
        return [self.whole, *self.halves]

    def explore(self) -> None:
        """Enumeration, then evolution, until the time is spent or an exact formula is found."""
        self._enumerate()
        if self.ended == "exhausted" and self.config.generations:
            self._evolve()
        elif self.ended == "exhausted" and self._enumeration_over():
            self.ended = "time"

    def _enumerate(self) -> None:
        """One cost after the other; once both halves are exact, the whole has a few more costs to be as good."""
        screened: dict[str, list[Screened]] = {part.name: [] for part in self.parts}
        last = self.config.max_cost
        for cost, level in zip(range(last + 1), levels(self.grammar), strict=False):
            for kind, skeletons in level.items():
                self.skeletons[kind] += skeletons
            for part in self.parts:
                if not part.exact:
                    self.progress("screening formulas by cost", cost, self.config.max_cost)
                    screened[part.name] += self._screen(part, level[part.kind])
                    self._add_sums(part, screened[part.name])
                    part.settle_if_exact()
            self._share()
            if self.halves and all(half.exact for half in self.halves):
                last = min(last, cost + _MORE_COSTS)
            if self.whole.exact or cost == last or self._enumeration_over():
                break
        if not self.skeletons[self.grammar.start]:
            raise GrammarError(
                f"{self.grammar.name} derives no formula up to cost {self.config.max_cost}; raise max_cost"
            )
        self._note_if_exact()

    def _enumeration_over(self) -> bool:
        return self.budget.spent(_ENUMERATION_SHARE)

    def _screen(self, part: Part, level: list[Skeleton]) -> list[Screened]:
        return screen_level(
            part,
            level,
            starts=self.config.starts,
            least=self.config.finalists,
            seed=self.config.seed,
            executor=self.executor,
            stopped=self._enumeration_over,
        )

    def _add_sums(self, part: Part, screened: list[Screened]) -> None:
        pairs = best_sums(part, screened, self.skeletons, self.expressions)
        new = [(derivation, item) for derivation, item in pairs if item.skeleton.expr not in part.archive]
        part.tried += len(new)
        fits = refined(part, [item for _, item in new], executor=self.executor, stopped=self._enumeration_over)
        known = {item.skeleton.expr: derivation for derivation, item in new}
        part.add(replace(fit, derivation=known[fit.skeleton.expr]) for fit in fits)

    def _evolve(self) -> None:
        small = {
            kind: [s for s in found if s.cost <= _SMALL_COST] or found[:50] for kind, found in self.skeletons.items()
        }
        variation = Variation(self.expressions, small, _CHILD_COST)
        open_parts = [part for part in self.parts if not part.exact]
        islands = [
            Island(part, np.random.default_rng([self.config.seed, 1, number]))
            for number, part in enumerate(part for part in open_parts for _ in range(self.config.islands))
        ]
        for island in islands:
            island.migrate()
        stopped = lambda: self.budget.spent(_SEARCH_SHARE)  # noqa: E731 - a name for an argument
        for number in range(self.config.generations):
            self.progress("evolving", number, self.config.generations)
            islands = [island for island in islands if not island.part.exact]
            born = generation(
                islands, variation, offspring=self.config.offspring, executor=self.executor, stopped=stopped
            )
            for part in self.parts:
                part.settle_if_exact()
            if number % _MIGRATION == _MIGRATION - 1:
                self._share()
                for island in islands:
                    island.migrate()
            if self._note_if_exact() or not (born or stopped()):  # exact, or nothing is left to try
                return
            if stopped():
                self.ended = "time"
                return

    def _share(self) -> None:
        """Try the best formulas of each half on the other half and on the whole table."""
        for source in self.halves:
            for item in source.best(12):
                for target in (self.whole, *(half for half in self.halves if half is not source)):
                    derivation = lifted(self.grammar, target.kind, derivation_of(item, source.kind, self.expressions))
                    if derivation is None:
                        continue
                    skeleton, values = self.expressions.skeleton(derivation)
                    known = target.archive.get(skeleton.expr)
                    if known is None or known.loss > 100 * item.loss:
                        fit = refine(skeleton, values[None, :], target.few, iterations=20)
                        target.add([fitted(skeleton, fit, derivation)])
        for part in self.parts:
            part.settle_if_exact()

    def _note_if_exact(self) -> bool:
        solved = bool(self.whole.exact) or bool(self.halves and all(half.exact for half in self.halves))
        if solved:
            self.ended = "exact"
        return solved

    def settle(self) -> Found:
        """Fit the elites on many rows, snap, join the halves, judge on every row."""
        if self.budget.interrupted.is_set():
            self.ended = "interrupted"
        self.progress("fitting the best", 0, 1)
        options = {"tolerance": self.config.snap_tolerance, "executor": self.executor}
        pieces: dict[Expr, tuple[Scored, ...]] = {}
        if self.halves and not self.whole.exact:
            pieces |= joined(*(finalists(half, **options) for half in self.halves))
        pieces |= {scored.expr: (scored,) for scored in finalists(self.whole, **options)}
        pieces = {times(self.scale, expr): parts for expr, parts in pieces.items()}
        pieces.setdefault(ZERO, ())  # no drift at all: what every formula has to beat
        front, ranked = self._front(pieces)
        front = with_ties(front, ranked, ratio=self.config.ties)
        front = [found for member in front for found in self._on_every_row(member)]
        rng = np.random.default_rng([self.config.seed, 2])
        if self.scale == 1:  # else the constants are those of another unit
            front = [replace(c, constants=constants_of(pieces[c.expr], self.config.bootstrap, rng)) for c in front]
        best = min(front, key=lambda member: member.nmse, default=None)
        tried = sum(part.tried for part in self.parts)
        return Found(front, misfits(self.given, best), tried, self.ended, self.budget.elapsed)

    def _front(self, pieces: dict[Expr, tuple[Scored, ...]]) -> tuple[list[Candidate], list[Candidate]]:
        """The front of the formulas that `decide` accepts, and every formula that it did not refuse.

        A formula with parts that never act on the rows stands beside itself without them: it is shorter, and wins if
        it is proved. (With progress the derivation is part of the proof, so formulas stay as they were derived.)
        """
        train = self.given.rows(np.flatnonzero(self.given.part == TRAIN))
        rows = subsample(train, _RANKED_ROWS, np.random.default_rng(self.config.seed))
        for expr in [] if self.grammar.uses_progress() else list(pieces):
            pieces.setdefault(without_idle_parts(expr, rows), pieces[expr])
        few = subsample(self.given, _RANKED_ROWS, np.random.default_rng(self.config.seed))
        ranked = judged(pieces, few, self.given_loss)
        accepted: dict[Expr, bool] = {}
        while True:
            front = pareto_front(ranked)
            new = [member.expr for member in front if member.expr not in accepted]
            if not new:
                return front, ranked
            accepted |= dict(zip(new, self.decide(new), strict=True))
            ranked = [member for member in ranked if accepted.get(member.expr, True)]

    def _on_every_row(self, member: Candidate) -> list[Candidate]:
        """The member with its errors on all rows; none if it overflows on one of them."""
        return [replace(found, ties=member.ties) for found in judged([member.expr], self.given, self.given_loss)]
