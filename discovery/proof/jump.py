"""Exact evidence of a jump of f across a line A = a or r = b where a where() or sign() switches.

With both pieces X (used on the line) and Y (used beyond it) continuous at a point of the line, defined there by the
same formula on a neighbourhood, f jumps iff X != Y at that point, which one ball that excludes 0 shows.
"""

from fractions import Fraction

from discovery.expression.canonical import canonical
from discovery.expression.node import ADVANTAGE, RATIO, Apply, Expr, Number, subtract, walk
from discovery.proof.continuity import without_sign
from discovery.proof.enclosure import UndefinedError, value_at
from discovery.proof.sign import normal_form
from discovery.proof.switches import replace
from discovery.proof.verdict import Counterexample

_OTHERS = tuple(Fraction(n, d) for n, d in ((2, 1), (1, 2), (3, 2), (5, 7), (9, 4)))


def jump_point(expr: Expr) -> Counterexample | None:
    """A point at which f is certainly not continuous, or None."""
    expr = canonical(without_sign(expr))
    switches = [node for node in walk(expr) if isinstance(node, Apply) and node.op == "where"]
    for node in dict.fromkeys(switches):
        condition, x, y = node.args
        assert isinstance(condition, Apply)
        scale, rest, shift = normal_form(canonical(subtract(condition.args[1], condition.args[0])))
        if scale == 0 or rest not in (ADVANTAGE, RATIO):
            continue
        root = -shift / scale
        if rest == RATIO and root <= 0:
            continue
        on_line = canonical(subtract(replace(expr, node, x), replace(expr, node, y)))
        for other in (*_OTHERS, *(-t for t in _OTHERS)):
            r, A = (root, other) if rest == RATIO else (abs(other), root)
            found = _gap(expr, node, on_line, r, A)
            if found is not None:
                return Counterexample(str(r), str(A), str(found))
    return None


def _gap(expr: Expr, node: Apply, difference: Expr, r: Fraction, A: Fraction) -> Fraction | None:
    """The certified height of the jump; None if another switch lies at the point, or nothing is certain."""
    for other in walk(expr):
        if isinstance(other, Apply) and other.op == "where" and other.args[0] != node.args[0]:
            condition = other.args[0]
            assert isinstance(condition, Apply)
            try:
                margin = value_at(subtract(condition.args[1], condition.args[0]), r, A)
            except UndefinedError:
                return None
            if not margin:
                return None  # on the edge of another piece, or undecided
    try:
        if value_at(expr, r, A) is None and value_at(difference, r, A) is None:
            return None
        height = value_at(difference, r, A)
    except UndefinedError:
        return None
    return height if isinstance(height, Fraction) and height != 0 else None


__all__ = ["Number", "jump_point"]
