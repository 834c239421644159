"""Regions: where facts hold, the intervals of expressions there, and how they decide switches."""

from collections.abc import Callable, Iterable
from functools import cached_property

from flint import fmpq

from discovery.proof.checker import interval as iv
from discovery.proof.checker.expression import Node, Rejected, add, minus, mul, node, number, ordered, rebuilt, subtrees
from discovery.proof.checker.facts import Fact, Path, affine, consequences, peeled
from discovery.proof.checker.field import Field
from discovery.proof.checker.interval import NEGATIVE, NONNEGATIVE, POSITIVE, REALS, Infinity, Interval
from discovery.proof.checker.obligations import Obligation, obligations
from discovery.proof.checker.quotient import Poly, Quotient

DURING = Interval((fmpq(0), 1), (fmpq(1), -1))  # progress between two of its values, scaled


def symbol(name: str) -> Node:
    return node("symbol", name)


def everywhere() -> "Region":
    """{0 < r}, A any real number."""
    return Region([(symbol("r"), POSITIVE)])


def during() -> "Region":
    """{0 < r, 0 < progress < 1}, A any real number."""
    return Region([(symbol("r"), POSITIVE), (symbol("progress"), DURING)])


class Region:
    """Where all facts hold. `interval` is only asked for expressions that are defined, or tells that they are.

    Args:
        facts: the facts, the newest last.
        every: whether the symbol is u, so that statements have to hold at the ends of intervals too.
    """

    def __init__(self, facts: Iterable[Fact], every: bool = False) -> None:
        self.facts, self.every = list(facts), every
        if len(self.facts) > 200:
            raise Rejected("too many facts")
        self.symbols: dict[str, Interval] = {}
        for q, bound in self.facts:
            if q.op == "symbol":
                self.symbols[q.args[0]] = iv.meet(self.symbols.get(q.args[0], REALS), bound)
        self.names = ("u",) if every else ("r", "A", "progress") if "progress" in self.symbols else ("r", "A")
        self.known: dict[Node, Interval] = {}
        self.resolved: dict[Node, Node] = {}
        self._field: Field | None = None
        self._signs: Field | None = None
        self._index: dict[str, Interval] = {}
        self._version = -1

    @property
    def field(self) -> Field:
        """Normal forms on this region, to compare; a bounded symbol is a quotient in a positive variable."""
        if self._field is None:
            self._field = self._new_field(0)
        return self._field

    @property
    def signs(self) -> Field:
        """Normal forms whose coefficients tell signs."""
        if self._signs is None:
            self._signs = self._new_field(1)
        return self._signs

    def _new_field(self, shift: int) -> Field:
        bounds = {name: self.symbols.get(name, REALS) for name in self.names}
        if "progress" in bounds:  # facts may add a closed end, and no value is exempted: (0, 1) serves for all
            bounds["progress"] = DURING
        return Field({name: _sector(bound) for name, bound in bounds.items()}, shift)

    def exempts(self, name: str) -> bool:
        """Whether a statement may fail on finitely many lines `name` = constant: f is continuous in r and A alone."""
        return not self.every and name in ("r", "A")

    def having(self, quantity: Node, bound: Interval) -> "Region | None":
        """The part where `quantity` lies in `bound`; None if there is none."""
        found = iv.meet(self.interval(quantity), bound)
        if found.empty:
            return None
        facts = [(quantity, found)]
        s, q, t = peeled(quantity)
        if q is not quantity and s != 0:
            facts.append((q, iv.times(iv.plus(found, iv.single(-t)), iv.single(1 / s))))
        facts += consequences(*facts[-1])
        region = Region([*self.facts, *facts], self.every)
        return None if any(bound.empty for bound in region.symbols.values()) else region

    @cached_property
    def cells(self) -> list["Region"]:
        """The parts (r < 1, r = 1, r > 1) x (A < 0, A = 0, A > 0); of an interval of u, cut at 0 and at 1."""
        first, second = ("u", "u") if self.every else ("r", "A")
        rows = [self.having(symbol(first), part) for part in _around(fmpq(1))]
        found = [row.having(symbol(second), part) for row in rows if row is not None for part in _around(fmpq(0))]
        return [cell for cell in found if cell is not None]

    def require(self, tree: Node, path: Path = ()) -> None:
        """Checks by intervals, here or on each cell, that `tree` is a real number where all of `path` holds."""
        for wanted in dict.fromkeys(obligations(tree, path)):
            if not self._meets(wanted) and not all(cell._meets(wanted) for cell in self.cells):
                raise Rejected(f"it is not certain that a part of the expression is {wanted.need}")

    def _meets(self, wanted: Obligation) -> bool:
        case: Region | None = self
        for quantity, bound in wanted.path:
            case = case.having(quantity, bound) if case is not None else None
        if case is None:
            return True
        return any(getattr(case.interval(x), wanted.need) for x in (wanted.x, case.resolve(wanted.x)))

    # intervals

    def interval(self, tree: Node) -> Interval:
        """Contains the value of `tree` on the whole region; the whole line if it may be undefined somewhere."""
        if tree not in self.known:
            if tree.op == "number":
                return iv.single(tree.args[0])
            if tree.op == "symbol":
                return self.symbols.get(tree.args[0], REALS)
            found = self._interval(tree)
            self.known[tree] = found if found.point is not None else iv.meet(found, self._fact(tree))
        return self.known[tree]

    def _interval(self, tree: Node) -> Interval:
        op, args = tree.op, tree.args
        if op == "where":
            cases = ((self.having(args[0], NONNEGATIVE), args[1]), (self.having(args[0], NEGATIVE), args[2]))
            parts = [case.interval(branch) for case, branch in cases if case is not None]
            return iv.join(*parts) if len(parts) == 2 else parts[0] if parts else REALS
        if op == "pow":
            x, n = self.interval(args[0]), args[1].value
            if n is not None:
                return iv.integer_power(x, int(n.p)) if n.q == 1 else iv.root(x, n)
            w = iv.times(self.interval(args[1]), iv.increasing("log", x))
            return iv.increasing("exp", w) if x.positive else REALS
        if op == "mul":  # equal factors first: the square of a number is not negative
            parts = [iv.integer_power(self.interval(arg), args.count(arg)) for arg in dict.fromkeys(args)]
        else:
            parts = [self.interval(arg) for arg in args]
        match op:
            case "add" | "mul" | "max" | "min":
                combine = {"add": iv.plus, "mul": iv.times, "max": iv.larger, "min": iv.smaller}[op]
                found = parts[0]
                for part in parts[1:]:
                    found = combine(found, part)
                if op == "add" and not found.nonnegative and not found.nonpositive:
                    found = iv.meet(found, self._factored(tree))
                return found
            case "abs":
                return iv.size(parts[0])
            case "cosh":
                return iv.cosh(parts[0])
        return iv.increasing(op, parts[0])

    def _factored(self, tree: Node) -> Interval:
        """A sum whose terms have the factor A in common: A*r - A = A*(r - 1)."""
        a = symbol("A")
        terms = [list(term.args) if term.op == "mul" else [term] for term in tree.args]
        if not all(a in term for term in terms):
            return REALS
        for term in terms:
            term.remove(a)
        return iv.times(self.interval(a), self.interval(add(*(mul(*term) for term in terms))))

    def _fact(self, tree: Node) -> Interval:
        """What the facts say of tree = s*q + t."""
        if not any(q.op != "symbol" for q, _ in self.facts):
            return REALS
        while True:  # names hold for one version of the field
            if self._version != self.field.version:
                self._index, self._version = {}, self.field.version
                for q, bound in self.facts:
                    switching = any(part.op == "where" for part in subtrees(q))
                    for shape in (q,) if switching else (q, self.resolve(q)):
                        if shape.op != "symbol" and (found := affine(self.field, shape)) is not None:
                            key, s, t = found
                            rest = iv.times(iv.plus(bound, iv.single(-t)), iv.single(1 / s))
                            self._index[key] = iv.meet(rest, self._index.get(key, REALS))
            found = affine(self.field, tree)
            if self._version == self.field.version:
                break
        if found is None or found[0] not in self._index:
            return REALS
        return iv.plus(iv.times(self._index[found[0]], iv.single(found[1])), iv.single(found[2]))

    # switches

    def resolve(self, tree: Node) -> Node:
        """`tree` without the switches that the region decides: equal to it wherever it is defined."""
        if tree.op in ("number", "symbol"):
            return tree
        if tree not in self.resolved:
            self.resolved[tree] = self._resolve(tree)
        return self.resolved[tree]

    def _resolve(self, tree: Node) -> Node:
        op, args = tree.op, tree.args
        if op == "where":
            holds, fails = self.having(args[0], NONNEGATIVE), self.having(args[0], NEGATIVE)
            if holds is None or fails is None:
                return self.resolve(args[1] if fails is None else args[2])
            x, y = holds.resolve(args[1]), fails.resolve(args[2])
            return x if x is y else node("where", self.resolve(args[0]), x, y)
        parts = tuple(self.resolve(arg) for arg in args)
        if op in ("max", "min"):
            gap = self.interval(minus(*parts) if op == "max" else minus(parts[1], parts[0]))
            return parts[0] if gap.nonnegative else parts[1] if gap.nonpositive else node(op, *parts)
        if op == "abs":
            found = self.interval(parts[0])
            return (
                parts[0] if found.nonnegative else mul(number(-1), parts[0]) if found.nonpositive else node(op, *parts)
            )
        return rebuilt(tree, parts)

    def equal(self, x: Node, y: Node) -> bool:
        """Whether x = y on the region wherever both are defined, by normal forms."""
        x, y = self.resolve(x), self.resolve(y)
        return ordered(x) is ordered(y) or self.field.equal(x, y)


def _around(place: fmpq) -> tuple[Interval, Interval, Interval]:
    return Interval(hi=(place, -1)), iv.single(place), Interval(lo=(place, 1))


def _sector(bound: Interval) -> str | Callable[[Poly], Quotient]:
    """The symbol as a function of a variable that is positive inside the bounds."""
    lo, hi = bound.lo[0], bound.hi[0]
    if isinstance(lo, Infinity) and isinstance(hi, Infinity):
        return "real"
    if isinstance(hi, Infinity):
        return lambda v: Quotient(v + lo)
    if isinstance(lo, Infinity) or lo == hi:
        return lambda v: Quotient(-v + hi if lo != hi else v * 0 + hi)
    return lambda v: Quotient(v * lo + hi, v + 1)
