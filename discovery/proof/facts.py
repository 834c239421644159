"""Facts that a proof may rest on: the signs of quantities inside a formula, guessed by float64 and proved elsewhere."""

from collections.abc import Iterator

from discovery.expression.canonical import canonical
from discovery.expression.node import MINUS_ONE, ONE, Apply, Expr, mul, subtract, walk
from discovery.proof import refute
from discovery.proof.ranges import NONNEGATIVE
from discovery.proof.sign import Assumptions, normal_form
from discovery.proof.switches import SWITCHES


def inner_quantities(expr: Expr) -> Iterator[Expr]:
    """The sums inside, with and without their constant, and what stands inside a function."""
    for node in walk(expr):
        if isinstance(node, Apply) and node.op == "add":
            yield node
            _, rest, shift = normal_form(node)
            if shift != 0:
                yield rest
        elif isinstance(node, Apply) and node.op not in SWITCHES | {"mul", "le", "lt"}:
            if node.op == "log":
                yield canonical(subtract(node.args[0], ONE))
            yield from (arg for arg in node.args if isinstance(arg, Apply))


def of_one_sign(x: Expr, assume: Assumptions) -> Expr | None:
    """x or -x, whichever float64 finds to be >= 0 where the ranges do not tell."""
    found = assume.range(x)
    if found.nonnegative or found.nonpositive:
        return None
    return next((q for q in (x, canonical(mul(MINUS_ONE, x))) if refute.plausible(q, assume)), None)


def follows(expr: Expr, facts: list[Expr], assume: Assumptions) -> bool:
    """Whether f >= 0 is read off the ranges once the facts are known to be >= 0."""
    case: Assumptions | None = assume
    for fact in facts:
        case = case.with_bound(fact, NONNEGATIVE) if case is not None else None
    return case is not None and case.range(expr).nonnegative
