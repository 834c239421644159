"""Typed expression grammars as data."""

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from discovery.expression.node import ADVANTAGE, ZERO, Apply, Expr, Symbol, symbols
from discovery.expression.printer import to_text
from discovery.grammar.contract import Contract

AT_ONE, SLOPE_AT_ONE = "_at_1", "_slope_at_1"
_INSTANCE = re.compile(r"_\d+$")
_DERIVED = re.compile(r"(_slope)?_at_1$")


class GrammarError(ValueError):
    """A grammar cannot be used; the message is one line that names file and line."""


@dataclass(frozen=True)
class Constant:
    """A positive constant that is fitted to the data, searched log-uniformly in [low, high]."""

    name: str
    low: float
    high: float


@dataclass(frozen=True)
class Production:
    """One way to build a formula of a type.

    Attributes:
        formula: an expression whose symbols are r, A, progress, instances of types and instances of constants;
            X_at_1 and X_slope_at_1 stand for the value and the derivative in r at r = 1 of what stands in slot X.
        cost: what it adds to the cost of a derivation.
        line: where it stands in its file.
        source: its file, or the name of a shipped grammar.
        text: the formula as it is written there.
    """

    formula: Expr
    cost: int
    line: int
    source: str = ""
    text: str = ""

    def __str__(self) -> str:
        return self.text or to_text(self.formula)

    @property
    def place(self) -> str:
        """File and line, for messages."""
        return f"{self.source}, line {self.line}"


@dataclass(frozen=True)
class Nonterminal:
    """A type: its name, what it promises, its productions, and a sentence for people."""

    name: str
    promise: Contract
    productions: tuple[Production, ...]
    sentence: str = ""


@dataclass(frozen=True)
class Grammar:
    """A typed grammar; `start` names the type of whole formulas.

    Attributes:
        lemmas: how each rule is proved, by (type, index of the production): {"methods": {clause: method}, "seconds"}.
        unused: the types and constants of its own file (not of those it includes) that no formula is derived with.
    """

    name: str
    start: str
    nonterminals: dict[str, Nonterminal]
    constants: dict[str, Constant]
    lemmas: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict, compare=False, repr=False)
    unused: tuple[str, ...] = field(default=(), compare=False, repr=False)

    def slots(self, production: Production) -> list[str]:
        """The instances of types in a production, e.g. ["push", "push_2"], in a fixed order."""
        return list(_instances(production.formula, tuple(self.nonterminals)))

    def free_constants(self, production: Production) -> list[str]:
        """The instances of constants in a production."""
        return list(_instances(production.formula, tuple(self.constants)))

    def uses_progress(self) -> bool:
        """Whether a production speaks of the progress of training."""
        types = self.nonterminals.values()
        return any("progress" in symbols(production.formula) for each in types for production in each.productions)

    def halves(self) -> tuple[str, str] | None:
        """The types X, Y if the start type has a production where(A >= 0, X, Y): such halves are fitted apart."""
        for production in self.nonterminals[self.start].productions:
            match production.formula:
                case Apply("where", (condition, Symbol(x), Symbol(y))) if condition == Apply("le", (ZERO, ADVANTAGE)):
                    return type_of(x), type_of(y)
        return None


@cache
def _instances(formula: Expr, names: tuple[str, ...]) -> tuple[str, ...]:
    """The instances of the names in a formula, sorted."""
    return tuple(sorted({slot_of(name) for name in symbols(formula) if type_of(name) in names}))


@cache
def slot_of(name: str) -> str:
    """The slot that a symbol speaks of: push_2_at_1 -> push_2."""
    return _DERIVED.sub("", name)


@cache
def type_of(instance: str) -> str:
    """The type or constant that an instance belongs to: push_2 -> push, smooth_at_1 -> smooth."""
    return _INSTANCE.sub("", slot_of(instance))
