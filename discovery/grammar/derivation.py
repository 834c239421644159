"""Derivation trees with values for their constants: what evolution varies, and what a fit is written back to."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from discovery.expression.node import Symbol
from discovery.grammar.enumerate import Skeleton, assemble
from discovery.grammar.grammar import Grammar, Production, type_of


@dataclass(frozen=True)
class Derivation:
    """A derivation tree.

    Attributes:
        type: the type that it derives.
        production: its last step.
        constants: a value for each constant of the production, in the order of `Grammar.free_constants`.
        parts: a derivation for each slot of the production, in the order of `Grammar.slots`.
    """

    type: str
    production: Production
    constants: tuple[float, ...]
    parts: tuple["Derivation", ...]

    def nodes(self, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], "Derivation"]]:
        """Every node with its path from the root."""
        yield path, self
        for index, part in enumerate(self.parts):
            yield from part.nodes((*path, index))

    def replaced(self, path: tuple[int, ...], new: "Derivation") -> "Derivation":
        """The tree with the node at `path` replaced by another of the same type."""
        if not path:
            return new
        parts = list(self.parts)
        parts[path[0]] = parts[path[0]].replaced(path[1:], new)
        return Derivation(self.type, self.production, self.constants, tuple(parts))

    @property
    def cost(self) -> int:
        """The cost of the derivation."""
        return self.production.cost + sum(part.cost for part in self.parts)


class Expressions:
    """Derivations of one grammar to skeletons with values and back."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self._assembled = lru_cache(maxsize=1 << 16)(self._assemble)

    def skeleton(self, derivation: Derivation) -> tuple[Skeleton, NDArray[np.float64]]:
        """The skeleton that a tree derives, and the values [k] of its constants."""
        parts = [self.skeleton(part) for part in derivation.parts]
        skeleton = self._assembled(derivation.production, tuple(skeleton for skeleton, _ in parts))
        values = np.concatenate([np.array(derivation.constants, dtype=float), *(values for _, values in parts)])
        return skeleton, values[list(skeleton.order)]

    def derivation(self, kind: str, skeleton: Skeleton, values: NDArray[np.float64]) -> Derivation:
        """The tree of a skeleton of the type `kind` with the values [k]; a constant that dropped out gets its middle.

        Args:
            kind: the type.
            skeleton: as enumerated, or from `skeleton`.
            values: [k], for its constants.
        """
        production = skeleton.production
        assert production is not None
        own = [self.grammar.constants[type_of(name)] for name in self.grammar.free_constants(production)]
        spread = np.array(
            [np.sqrt(c.low * c.high) for c in (*own, *(c for part in skeleton.parts for c in part.constants))]
        )
        order = self._assembled(production, skeleton.parts).order
        spread[list(order)] = values
        parts, start = [], len(own)
        for slot, part in zip(self.grammar.slots(production), skeleton.parts, strict=True):
            end = start + len(part.constants)
            parts.append(self.derivation(type_of(slot), part, spread[start:end]))
            start = end
        return Derivation(kind, production, tuple(map(float, spread[: len(own)])), tuple(parts))

    def _assemble(self, production: Production, parts: tuple[Skeleton, ...]) -> Skeleton:
        return assemble(self.grammar, production, parts)

    def random(self, kind: str, skeletons: dict[str, list[Skeleton]], rng: np.random.Generator) -> Derivation:
        """A tree of the type `kind`: a cost uniformly among those that occur, then a skeleton of that cost."""
        found = skeletons[kind]
        costs = sorted({skeleton.cost for skeleton in found})
        cost = costs[rng.integers(len(costs))]
        level = [skeleton for skeleton in found if skeleton.cost == cost]
        skeleton = level[rng.integers(len(level))]
        low, high = (np.log([getattr(c, end) for c in skeleton.constants]) for end in ("low", "high"))
        return self.derivation(kind, skeleton, np.exp(low + rng.random(len(low)) * (high - low)))


def chain(grammar: Grammar, kind: str, target: str) -> list[tuple[str, Production]] | None:
    """The productions X = Y that turn a formula of the type `target` into one of `kind`, outermost first."""
    paths: dict[str, list[tuple[str, Production]]] = {kind: []}
    queue = [kind]
    for name in queue:
        if name == target:
            return paths[name]
        for production in grammar.nonterminals[name].productions:
            slots = grammar.slots(production)
            if len(slots) == 1 and production.formula == Symbol(slots[0]) and type_of(slots[0]) not in paths:
                paths[type_of(slots[0])] = [*paths[name], (name, production)]
                queue.append(type_of(slots[0]))
    return None


def lifted(grammar: Grammar, kind: str, derivation: Derivation) -> Derivation | None:
    """The same formula as one of the type `kind`, if productions X = Y lead there."""
    while len(derivation.parts) == 1 and not derivation.constants and _renames(grammar, derivation.production):
        derivation = derivation.parts[0]
    path = chain(grammar, kind, derivation.type)
    for name, production in reversed(path or []):
        derivation = Derivation(name, production, (), (derivation,))
    return None if path is None else derivation


def _renames(grammar: Grammar, production: Production) -> bool:
    return production.formula == Symbol(grammar.slots(production)[0])
