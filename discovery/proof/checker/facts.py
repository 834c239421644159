"""Facts "a < q < b", and what a fact about one expression says of another."""

from flint import fmpq

from discovery.proof.checker import interval as iv
from discovery.proof.checker.expression import Node, Rejected, minus, mul, node, number
from discovery.proof.checker.field import Field
from discovery.proof.checker.interval import NONNEGATIVE, NONPOSITIVE, Infinity, Interval

Fact = tuple[Node, Interval]
Path = tuple[Fact, ...]


def peeled(tree: Node) -> tuple[fmpq, Node, fmpq]:
    """tree = s*x + t with the rational factor and term that are written outermost."""
    s, t = fmpq(1), fmpq(0)
    if tree.op == "add" and len(tree.args) == 2 and tree.args[1].value is not None:
        tree, t = tree.args[0], tree.args[1].value
    if tree.op == "mul" and tree.args[0].value not in (None, 0):
        s, tree = tree.args[0].value, mul(*tree.args[1:])
    return s, tree, t


def affine(field: Field, tree: Node) -> tuple[str, fmpq, fmpq] | None:
    """(name of q, s, t) with tree = s*q + t, one name for all trees that are related so."""
    try:
        (q,) = field.forms(tree)
    except Rejected:
        return None
    t = fmpq(q.num[q.den.monoms()[0]])  # den has leading coefficient 1
    rest = q.num - t * q.den
    if rest == 0:
        return None
    s = fmpq(rest.leading_coefficient())
    return f"{rest / s} / {q.den}", s, t


def consequences(q: Node, bound: Interval) -> list[Fact]:
    """What a fact about |x|, log(x) or exp(x) says of x."""
    if q.op not in ("abs", "log", "exp"):
        return []
    x = q.args[0]
    if q.op == "abs":
        return [(x, Interval((-bound.hi[0], -bound.hi[1]), bound.hi))]
    if q.op == "exp":
        return [(x, iv.increasing("log", bound))] if bound.positive else []
    found = [(x, iv.increasing("exp", bound))]
    for (value, _), side in ((bound.lo, NONNEGATIVE), (bound.hi, NONPOSITIVE)):
        if not isinstance(value, Infinity) and value != 0:  # exp(value) is irrational: x - exp(value) keeps it exactly
            found.append((minus(x, node("exp", number(value))), side))
    return found
