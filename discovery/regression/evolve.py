"""Evolution of derivation trees beyond the enumerated costs: variation keeps types, so a child is in the grammar."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field

import numpy as np

from discovery.expression.node import Expr
from discovery.grammar.derivation import Derivation, Expressions, lifted
from discovery.grammar.enumerate import Skeleton
from discovery.grammar.grammar import Grammar, Production, type_of
from discovery.regression.fit import Array, refine, screen, starting_points
from discovery.regression.part import Fitted, Part, derivation_of, elite, fitted

_STEPS = 8  # of Levenberg-Marquardt for a child
_STARTS = 3  # that are refined, of the eight that are tried
_EACH = 3  # elites of a complexity
_JITTER = 0.5  # of inherited constants, in log
_ATTEMPTS = 20  # to vary a parent into something new
MAX_CONSTANTS = 6
_CHANCES = (0.3, 0.25, 0.15, 0.2, 0.1)  # of a new part, crossover, a new production, growth, hoisting


@dataclass
class Island:
    """A population of one part that evolves by itself between migrations.

    Attributes:
        part: what it works on; its archive takes the best of every island.
        rng: of variation.
        population: the best few formulas of each complexity.
        known: formulas that were tried here.
    """

    part: Part
    rng: np.random.Generator
    population: list[Fitted] = field(default_factory=list)
    known: set[Expr] = field(default_factory=set)

    def migrate(self) -> None:
        """Take in the best formulas of the part, whichever island found them."""
        known = {item.skeleton.expr: item for item in (*self.population, *self.part.archive.values())}
        self.population = elite(known.values(), _EACH)


@dataclass(frozen=True)
class Variation:
    """Type-preserving mutation and crossover.

    Attributes:
        expressions: of the grammar.
        skeletons: small formulas of every type, from which new parts are drawn.
        max_cost: no child costs more.
    """

    expressions: Expressions
    skeletons: dict[str, list[Skeleton]]
    max_cost: int

    def child(self, parent: Derivation, other: Derivation, rng: np.random.Generator) -> Derivation | None:
        """A variant of `parent`; None if the operator drawn does not apply."""
        nodes = list(parent.nodes())
        path, node = nodes[rng.integers(len(nodes))]
        operators = (self._new_part, self._crossover, self._new_production, self._grow, self._hoist)
        operator = operators[rng.choice(len(operators), p=_CHANCES)]
        new = operator(node, other, rng)
        child = None if new is None else parent.replaced(path, new)
        return child if child is not None and child.cost <= self.max_cost else None

    def _new_part(self, node: Derivation, other: Derivation, rng: np.random.Generator) -> Derivation | None:
        return self.expressions.random(node.type, self.skeletons, rng)

    def _crossover(self, node: Derivation, other: Derivation, rng: np.random.Generator) -> Derivation | None:
        same = [each for _, each in other.nodes() if each.type == node.type and each != node]
        return same[rng.integers(len(same))] if same else None

    def _new_production(self, node: Derivation, other: Derivation, rng: np.random.Generator) -> Derivation | None:
        """Another production of the type over the same parts, as far as they fit."""
        productions = [p for p in self._fillable(node.type) if p is not node.production]
        if not productions:
            return None
        return self._filled(node.type, productions[rng.integers(len(productions))], list(node.parts), rng)

    def _grow(self, node: Derivation, other: Derivation, rng: np.random.Generator) -> Derivation | None:
        """The node inside a larger formula of its type: T -> c*tanh(T/c), T + T_2, ..."""
        productions = [
            p
            for p in self._fillable(node.type)
            if p.cost and any(self._held(slot, node) for slot in self._grammar.slots(p))
        ]
        if not productions:
            return None
        return self._filled(node.type, productions[rng.integers(len(productions))], [node], rng)

    def _hoist(self, node: Derivation, other: Derivation, rng: np.random.Generator) -> Derivation | None:
        below = [each for path, each in node.nodes() if path and each.type == node.type]
        return below[rng.integers(len(below))] if below else None

    def _fillable(self, kind: str) -> list[Production]:
        """The productions of a type whose slots can be filled: small formulas of each slot's type are known."""
        productions = self._grammar.nonterminals[kind].productions
        return [p for p in productions if all(self.skeletons[type_of(slot)] for slot in self._grammar.slots(p))]

    @property
    def _grammar(self) -> Grammar:
        return self.expressions.grammar

    def _held(self, slot: str, part: Derivation) -> Derivation | None:
        return lifted(self._grammar, type_of(slot), part)

    def _filled(
        self, kind: str, production: Production, parts: list[Derivation], rng: np.random.Generator
    ) -> Derivation:
        """The production over `parts` where they fit, over new ones elsewhere."""
        left, chosen = list(parts), []
        for slot in self._grammar.slots(production):
            fits = [(i, held) for i, part in enumerate(left) if (held := self._held(slot, part)) is not None]
            if fits:
                index, held = fits[rng.integers(len(fits))]
                chosen.append(held)
                del left[index]
            else:
                chosen.append(self.expressions.random(type_of(slot), self.skeletons, rng))
        ranges = [self._grammar.constants[type_of(name)] for name in self._grammar.free_constants(production)]
        constants = tuple(float(c.low * (c.high / c.low) ** rng.random()) for c in ranges)
        return Derivation(kind, production, constants, tuple(chosen))


def generation(
    islands: list[Island],
    variation: Variation,
    *,
    offspring: int,
    executor: Executor,
    stopped: Callable[[], bool],
) -> int:
    """Every island makes and fits children of its population, which keeps the best; so does the part's archive.

    Results do not depend on which thread is faster. Returns how many children were fitted.
    """
    jobs = [(island, child) for island in islands for child in _children(island, variation, offspring)]

    def fit(job: tuple[Island, _Child]) -> Fitted | None:
        island, child = job
        if stopped():
            return None
        losses, starts, _ = screen(child.skeleton, child.starts, island.part.few)
        best = starts[np.argsort(losses, kind="stable")[:_STARTS]]
        found = refine(child.skeleton, best, island.part.few, iterations=_STEPS)
        return fitted(child.skeleton, found, child.derivation)

    born: dict[int, list[Fitted]] = {id(island): [] for island in islands}
    for (island, _), found in zip(jobs, executor.map(fit, jobs), strict=True):
        if found is not None:
            born[id(island)].append(found)
    for island in islands:
        children = born[id(island)]
        island.part.tried += len(children)
        island.part.add(children)
        island.population = elite([*island.population, *children], _EACH)
    return sum(map(len, born.values()))


@dataclass(frozen=True)
class _Child:
    derivation: Derivation
    skeleton: Skeleton
    starts: Array


def _children(island: Island, variation: Variation, count: int) -> list[_Child]:
    """New formulas, each with its inherited constants, jittered ones and fresh ones as starting points."""
    rng, part, children = island.rng, island.part, []
    if not island.population:
        return []
    trees = [derivation_of(item, part.kind, variation.expressions) for item in island.population]
    for _ in range(_ATTEMPTS * count):
        if len(children) == count:
            break
        mother, father = (trees[rng.integers(len(trees))] for _ in range(2))
        derivation = variation.child(mother, father, rng)
        if derivation is None:
            continue
        skeleton, values = variation.expressions.skeleton(derivation)
        if skeleton.expr in island.known or skeleton.expr in part.archive or len(skeleton.constants) > MAX_CONSTANTS:
            continue
        island.known.add(skeleton.expr)
        jitter = values * np.exp(_JITTER * rng.normal(size=(3, len(values))))
        fresh = starting_points(skeleton, 4, seed=int(rng.integers(2**31))) if len(values) else np.zeros((0, 0))
        children.append(_Child(derivation, skeleton, np.concatenate([values[None, :], jitter, fresh])))
    return children
