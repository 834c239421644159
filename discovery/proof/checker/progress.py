"""Formulas that change during training: valid for each value of `progress` in [0, 1].

Progress is cut at breaks 0 = b_0 < ... < b_n = 1. At a break it is a number. Between two of them it is
b_i + (b_{i+1} - b_i)*progress, and the four conditions are checked for all values of progress in (0, 1) at once, as one
more quantity of which no value is exempted. f need not be continuous in progress.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from flint import fmpq

from discovery.proof.checker.expression import (
    Node,
    Rejected,
    add,
    listed,
    mul,
    number,
    rational,
    rebuilt,
    replaced,
)
from discovery.proof.checker.region import Region, during, everywhere, symbol

MAX_BREAKS = 20


def at(f: Node, value: Any) -> Node:
    """f at one value of progress."""
    moment = rational(value)
    if not 0 <= moment <= 1:
        raise Rejected("progress lies in [0, 1]")
    return _branched(replaced(f, {symbol("progress"): number(moment)}))


def _branched(tree: Node) -> Node:
    """The tree with the branch that is taken for each `where` whose condition is one of numbers."""
    if tree.op in ("number", "symbol"):
        return tree
    gap = tree.args[0].value if tree.op == "where" else None
    if gap is not None:
        return _branched(tree.args[1 if gap >= 0 else 2])
    return rebuilt(tree, tuple(map(_branched, tree.args)))


def pieces(f: Node, breaks: Any, blocks: Any, between: Any) -> Iterator[tuple[str, Node, Any, Region]]:
    """(name, f with progress put in, the block that proves it, the region on which it has to), for all of [0, 1]."""
    places = [rational(text) for text in listed(breaks, MAX_BREAKS)]
    if len(places) < 2 or places[0] != 0 or places[-1] != 1 or any(x >= y for x, y in pairwise(places)):
        raise Rejected("the breaks run from 0 to 1 in increasing order")
    if len(listed(blocks, MAX_BREAKS)) != len(places) or len(listed(between, MAX_BREAKS)) != len(places) - 1:
        raise Rejected("there is not one block for each break, and one for each interval between two of them")
    for text, block in zip(breaks, blocks, strict=True):
        yield f"at progress {text}", at(f, text), block, everywhere()
    for (low, high), block in zip(pairwise(places), between, strict=True):
        yield f"between progress {low} and {high}", _between(f, low, high), block, during()


def _between(f: Node, low: fmpq, high: fmpq) -> Node:
    """f on (low, high), with progress as the part of the way from one to the other."""
    name = symbol("progress")
    return replaced(f, {name: add(mul(number(high - low), name), number(low))})
