"""One-variable abstraction: if r and A occur only through one quantity u, a proof in u is a proof in (r, A).

The quantity is h(A) * g(r), as in A*(r - 1), A*log(r), tanh(A)*(sqrt(r) - 1). Its range comes from the sign structure.
"""

from collections import Counter
from itertools import product

from discovery.expression.canonical import canonical
from discovery.expression.node import ADVANTAGE, RATIO, Apply, Expr, power, symbols, walk
from discovery.proof.products import U, abstracted, factored, powers
from discovery.proof.sign import Assumptions

MAX_QUANTITIES = 4


def abstractions(expr: Expr, assume: Assumptions) -> list[tuple[Expr, Expr, Assumptions]]:
    """(u, the expression in u, the range of u) for every quantity u through which alone r and A occur."""
    if symbols(expr) != {"r", "A"}:
        return []
    expr = canonical(factored(expr))
    found = []
    for quantity in _quantities(expr):
        new = canonical(abstracted(expr, quantity))
        if symbols(new) == {"u"}:
            found.append((quantity, new, Assumptions({U: assume.range(quantity)})))
    return found


def _quantities(expr: Expr) -> list[Expr]:
    """Products h(A) * g(r) that occur as part of a product, the most frequent first."""
    found: Counter[Expr] = Counter()
    for node in walk(expr):
        if isinstance(node, Apply) and node.op == "mul":
            bases = [base for base, _ in powers(node)]
            sides = ([base for base in bases if symbols(base) == {name}] for name in ("A", "r"))
            found.update(canonical(Apply("mul", pair)) for pair in product(*sides))
        if node == power(RATIO, ADVANTAGE):
            found[canonical(Apply("mul", (ADVANTAGE, Apply("log", (RATIO,)))))] += 1
    return [quantity for quantity, _ in found.most_common(MAX_QUANTITIES)]
