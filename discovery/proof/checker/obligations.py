"""Obligations: what has to hold for an expression to be a real number."""

from collections.abc import Iterator
from typing import NamedTuple

from discovery.proof.checker.expression import Node
from discovery.proof.checker.facts import Path
from discovery.proof.checker.interval import NEGATIVE, NONNEGATIVE


class Obligation(NamedTuple):
    """`x` meets `need` ("positive", "nonzero", "nonnegative") where all of `path` (a quantity, its bound) holds."""

    x: Node
    need: str
    path: Path


def obligations(tree: Node, path: Path = ()) -> Iterator[Obligation]:
    """Everything that has to hold for `tree` to be a real number; of a `where` only for the branch that is taken."""
    if tree.op in ("number", "symbol"):
        return
    if tree.op == "where":
        gap, x, y = tree.args
        yield from obligations(gap, path)
        yield from obligations(x, (*path, (gap, NONNEGATIVE)))
        yield from obligations(y, (*path, (gap, NEGATIVE)))
        return
    for arg in tree.args:
        yield from obligations(arg, path)
    if tree.op == "log":
        yield Obligation(tree.args[0], "positive", path)
    if tree.op == "pow":
        base, n = tree.args[0], tree.args[1].value
        if n is None or (n.q != 1 and n < 0):
            yield Obligation(base, "positive", path)
        elif n.q != 1 or n < 0:
            yield Obligation(base, "nonzero" if n.q == 1 else "nonnegative", path)
