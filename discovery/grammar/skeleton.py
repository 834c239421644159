"""A formula of a grammar with its constants left open, and how it was derived."""

from dataclasses import dataclass, field

from discovery.expression.node import Expr
from discovery.grammar.model import Constant, Production

PREFIX = "c"


@dataclass(frozen=True)
class Skeleton:
    """A formula with open constants.

    Attributes:
        expr: an expression in r, A and the symbols c1, c2, ... for the constants.
        constants: what c1, c2, ... range over.
        cost: the cost of its cheapest derivation.
        production: the last step of that derivation.
        parts: what stands in the production's slots, in their order.
        order: for each constant, its place in the row of the production's own constants and those of the parts.
    """

    expr: Expr
    constants: tuple[Constant, ...]
    cost: int
    production: Production | None = field(default=None, compare=False, repr=False)
    parts: tuple["Skeleton", ...] = field(default=(), compare=False, repr=False)
    order: tuple[int, ...] = field(default=(), compare=False, repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The symbols of the constants."""
        return tuple(f"{PREFIX}{index + 1}" for index in range(len(self.constants)))
