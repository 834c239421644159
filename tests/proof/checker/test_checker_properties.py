# ruff: noqa: E501
"""Random expressions: intervals contain the values, and equal normal forms have equal values."""

from contextlib import suppress
from itertools import combinations
from random import Random

import mpmath
import pytest
from flint import ctx, fmpq

from discovery.proof.checker.expression import Rejected, read, replaced
from discovery.proof.checker.interval import Infinity, Interval, single
from discovery.proof.checker.obligations import obligations
from discovery.proof.checker.region import Region, symbol

UNARY = ["log", "exp", "sqrt", "tanh", "sinh", "cosh", "atan", "asinh", "abs", "relu", "sign", "sigmoid", "softplus"]
FUNCTIONS = {name: getattr(mpmath, name) for name in ("log", "exp", "tanh", "sinh", "cosh", "atan", "asinh")} | {
    "abs": abs,
    "max": max,
    "min": min,
}


class UndefinedError(Exception):
    pass


class TooLargeError(UndefinedError):
    pass


def value(tree, at):
    """The value by the words of the README, at many digits."""
    if tree.op == "number":
        return mpmath.mpf(int(tree.value.p)) / int(tree.value.q)
    if tree.op == "symbol":
        return at[tree.args[0]]
    if tree.op == "where":
        return value(tree.args[1 if value(tree.args[0], at) >= 0 else 2], at)
    args = [value(arg, at) for arg in tree.args]
    if any(abs(x) > 10**6 for x in args):
        raise TooLargeError
    if tree.op in ("add", "mul"):
        return mpmath.fsum(args) if tree.op == "add" else mpmath.fprod(args)
    if tree.op == "log" and args[0] <= 0:
        raise UndefinedError
    if tree.op == "pow":
        n = tree.args[1].value
        if n is None or n.q != 1:
            if args[0] < 0 or (args[0] == 0 and (n is None or n < 0)):
                raise UndefinedError
        elif n < 0 and args[0] == 0:
            raise UndefinedError
        return args[0] ** (int(n.p) if n is not None and n.q == 1 else args[1])
    return FUNCTIONS[tree.op](*args)


def text(rng, depth):
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(("r", "A", "r", "A", "1", "2", "1/2", "0", "3/7", "(r - 1)", "-1"))
    x, y = text(rng, depth - 1), text(rng, depth - 1)
    shapes = (f"{rng.choice(UNARY)}({x})", f"({x} + {y})", f"({x} - {y})", f"({x})*({y})", f"({x})/({y})")
    powers = (f"({x})**{rng.choice((2, 3, -1, -2, 0, '(1/3)', '(2/3)', '(-1/2)'))}", f"({x})**({y})")
    return rng.choice((*shapes, *shapes, *powers, f"max({x}, {y})", f"min({x}, {y})", f"where({x} < {y}, {y}, {x})"))


def bound(rng, low):
    lo = fmpq(rng.randint(-8, 8), rng.randint(1, 4)) if low is None else fmpq(rng.randint(0, 8), 4)
    width = fmpq(rng.randint(0, 6), rng.randint(1, 4))
    opened = int(low is not None or rng.random() < 0.5) if width else 0
    return Interval(
        (lo + (not width and low is not None), opened), (lo + width + (not width and low is not None), -opened)
    )


def inside(rng, bound):
    (lo, opened), (hi, _) = bound
    share = fmpq(rng.randint(opened, 8 - opened), 8)
    return lo + share * (hi - lo)


def number(x):
    return mpmath.mpf(int(x.p)) / int(x.q)


@pytest.mark.parametrize("seed", range(12))
def test_intervals_contain_the_values(seed):
    rng, tried = Random(seed), 0
    with mpmath.workdps(60), ctx.workprec(128):
        for _ in range(60):
            tree, box = read(text(rng, 3)), {"r": bound(rng, 0), "A": bound(rng, None)}
            region = Region([(symbol(name), b) for name, b in box.items()])
            for _ in range(6):
                point = {name: inside(rng, b) for name, b in box.items()}
                try:
                    exact = value(tree, {name: number(x) for name, x in point.items()})
                except TooLargeError:
                    continue
                except UndefinedError:
                    with pytest.raises(Rejected):
                        Region([(symbol(name), single(x)) for name, x in point.items()]).require(tree)
                    continue
                tried += 1
                for found in (region.interval(tree), region.interval(region.resolve(tree))):
                    assert_inside(exact, found)
    assert tried > 100


def assert_inside(exact, found):
    slack = mpmath.mpf(10) ** -40 * (1 + abs(exact))
    for (end, opened), side in zip(found, (1, -1), strict=True):
        if not isinstance(end, Infinity):
            gap = side * (exact - number(end))
            assert gap >= -slack, (exact, found)
            assert not opened or gap != 0, (exact, found)


@pytest.mark.parametrize("seed", range(12))
def test_what_is_required_is_defined(seed):
    rng, accepted = Random(seed), 0
    with mpmath.workdps(30), ctx.workprec(128):
        for _ in range(120):
            tree, box = read(text(rng, 3)), {"r": bound(rng, 0), "A": bound(rng, None)}
            region = Region([(symbol(name), b) for name, b in box.items()])
            try:
                region.require(tree)
            except Rejected:
                continue
            accepted += any(True for _ in obligations(tree))
            for _ in range(5):
                with suppress(TooLargeError):  # but never another UndefinedError
                    value(tree, {name: number(inside(rng, b)) for name, b in box.items()})
    assert accepted > 5


REWRITES = (  # each an identity wherever both sides are defined, or none at all
    "{x} + {y}", "{y} + {x}", "({x})*({y})", "({y})*({x})", "log({x}) + log({y})", "log(({x})*({y}))", "exp({x})*exp({y})", "exp({x} + {y})",
    "sqrt(({x})**2)", "abs({x})", "({x})", "exp(log({x}))", "log(exp({x}))", "(({x})**3)**(1/3)", "sqrt({x})*sqrt({y})", "sqrt(({x})*({y}))",
    "({x})**({y})", "exp(({y})*log({x}))", "tanh({x})", "2*sigmoid(2*({x})) - 1", "-tanh(-({x}))", "atan(-({x}))", "-atan({x})", "log(({x})**2)/2",
    "log({x})", "-log(1/({x}))", "(({x})**(1/3))**2", "({x})**(2/3)", "(({x})**2)**(1/3)", "cosh({x}) - sinh({x})", "exp(-({x}))", "max({x}, {y})",
    "max({y}, {x})", "({x} + {y} + abs({x} - ({y})))/2", "({x} + {y} + abs({y} - ({x})))/2", "sqrt(({x})**2*({y})**2)", "({x})*abs({y})", "log(abs({x}))",
    "where({x} < {y}, {y}, {x})", "where(2*({x}) < 2*({y}), {y}, {x})", "where({x} > {y}, {y}, {x})", "asinh({x})", "-asinh(-({x}))", "log({x} + sqrt(1 + ({x})**2))",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(10))
def test_equal_normal_forms_have_equal_values(seed):
    rng, compared = Random(seed), 0
    with mpmath.workdps(60), ctx.workprec(128):
        for _ in range(4):
            parts = {"x": text(rng, 2), "y": rng.choice(("r", "A", "r*A", "exp(A)", "1 + A**2", "2"))}
            trees = [read(shape.format(**parts)) for shape in REWRITES]
            box = rng.choice(({}, {"r": bound(rng, 0)}, {"r": bound(rng, 0), "A": bound(rng, None)}))
            box = {"r": Interval((fmpq(0), 1), (fmpq(4), 0)), "A": Interval((fmpq(-3), 0), (fmpq(3), 0)), **box}
            region = Region([(symbol(name), b) for name, b in box.items()])
            points = [{name: number(inside(rng, b)) for name, b in box.items()} for _ in range(5)]
            for x, y in combinations(dict.fromkeys(trees), 2):
                try:
                    if not region.equal(x, y):
                        continue
                except Rejected:
                    continue
                for point in points:
                    try:
                        a, b = value(x, point), value(y, point)
                    except UndefinedError:
                        continue
                    compared += 1
                    assert abs(a - b) <= mpmath.mpf(10) ** -20 * (1 + abs(a)), (x.symbols, parts, point)
    assert compared > 20


def test_a_symbol_is_replaced_everywhere():
    assert replaced(read("r*exp(r)"), {symbol("r"): read("2")}) is read("2*exp(2)")
