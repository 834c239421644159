"""Values at which a rule breaks its contract: found in float64, believed only in exact or interval arithmetic.

At a point the slots may take any values that their contracts allow there, and at r = 1 a smooth slot any slope.
"""

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction

import numpy as np
from flint import arb, fmpq

from discovery.expression.canonical import canonical
from discovery.expression.evaluate import evaluate as in_floats
from discovery.expression.node import Expr, symbols
from discovery.expression.parser import parse
from discovery.grammar.abstract import Rule, slot_range
from discovery.grammar.contract import Contract
from discovery.grammar.model import AT_ONE, SLOPE_AT_ONE
from discovery.proof.enclosure import UndecidedError, UndefinedError, as_ball, evaluate, to_fmpq
from discovery.proof.ranges import Range

_POINTS = 1500
_SEED = 0
_CONFIRMED = 12
_STEP = Fraction(1, 10**90)
_SIMPLE = (*map(Fraction, (1, 2, 3, 10, 100, 1000, 10**6, 0)), *(Fraction(1, n) for n in (2, 5, 10, 100)))
Values = dict[str, Fraction]


def counterexample(rule: Rule, clause: str, *, thorough: bool) -> str | None:
    """Values at which the clause fails, as text ("r = 2, A = 1, push = 3: the value is -1"); None if none is found."""
    rng = np.random.default_rng(_SEED)
    try:
        if clause.startswith("free of") or clause == "smooth" or (clause == "zero at A = 0" and not thorough):
            return None
        if clause == "flat" or clause.startswith("slope"):
            return _wrong_slope(rule, rng, 40 if thorough else 5)
        for values in _failing(rule, clause, rng, _POINTS if thorough else _POINTS // 20):
            text = _confirmed(rule, clause, values)
            if text is not None:
                return text
        if clause.startswith("defined") and thorough:
            return _jump(rule, rng)
    except (ValueError, ArithmeticError, KeyError):  # a division by zero in a substitution, say: nothing is found
        return None
    return None


def _failing(rule: Rule, clause: str, rng: np.random.Generator, count: int) -> Iterator[Values]:
    """Points at which float64 finds the clause broken, those with the shortest numbers first."""
    points = [_random_point(rule, clause, rng) for _ in range(count)]
    names = sorted(symbols(rule.formula) | {"r", "A"})
    arrays = {name: np.array([float(point[name]) for point in points]) for name in names}
    value = in_floats(rule.formula, arrays)
    wanted = _quantity(clause, rule)
    if wanted is None:
        broken = np.where(np.isnan(value) | np.isinf(value), 1.0, 0.0)
    elif clause == "zero at A = 0":
        broken = np.abs(value)
    elif clause == "positive":
        broken = np.where(value <= 0, 1.0 - value, 0.0)
    else:
        broken = -value * in_floats(wanted, arrays)
    broken = np.nan_to_num(broken, nan=0.0, posinf=0.0)
    clear = np.nonzero(broken > 1e-9)[0]
    found = clear if len(clear) else np.nonzero(broken > 0)[0]
    shown = symbols(rule.formula) | {"r", "A"}
    lengths = [sum(len(str(points[index][name])) for name in shown) for index in found]
    for place in np.argsort(lengths, kind="stable")[:_CONFIRMED]:
        yield points[found[place]]


def _quantity(clause: str, rule: Rule) -> Expr | None:
    """E of the clause sign E; None for definedness."""
    if clause.startswith("sign "):
        return parse(clause.removeprefix("sign "))
    return None if clause.startswith("defined") else parse("1")


def _confirmed(rule: Rule, clause: str, values: Values) -> str | None:
    exact = {name: to_fmpq(value) for name, value in values.items()}
    try:
        value = evaluate(rule.formula, exact, 256)
        wanted = _quantity(clause, rule)
        if wanted is None:
            return None
        ball = as_ball(value)
        if clause == "zero at A = 0":
            fails = ball != 0
        elif clause == "positive":
            fails = ball <= 0
        else:
            fails = as_ball(evaluate(canonical(wanted), exact, 256)) * ball < 0
    except UndefinedError as error:
        return f"{_shown(rule, values)}: not defined ({error})" if clause.startswith("defined") else None
    except (UndecidedError, OverflowError):
        return None
    return f"{_shown(rule, values)}: the value is {_number(value)}" if fails else None


def _wrong_slope(rule: Rule, rng: np.random.Generator, count: int) -> str | None:
    """At r = 1, for slots that are straight lines: a value other than 0, or a quotient far from the slope."""
    slope = rule.contract.slope
    assert slope is not None
    for _ in range(count):
        values = _parameters(rule, rng)
        signs = [sign for sign in rule.signs_of_advantage if sign]
        values["A"] = int(rng.choice(signs)) * Fraction(int(rng.integers(1, 5)))
        lines = {name: _line(slot, values["A"], rng) for name, slot in rule.slots.items()}
        here = {name: to_fmpq(value) for name, value in values.items()} | {"r": fmpq(1)}
        at = evaluate(rule.formula, here | _on_lines(rule, lines, fmpq(0), values["A"]), 1024)
        if as_ball(at) != 0:
            slots = ", ".join(
                f"{name} = {level}" for name, (level, _) in lines.items() if name in symbols(rule.formula)
            )
            return f"r = 1, {_listed(rule, values)}{', ' + slots if slots else ''}: the value is {_number(at)}, not 0"
        wanted = as_ball(evaluate(slope, here, 256))
        for direction in (1, -1):
            step = to_fmpq(direction * _STEP)
            moved = evaluate(rule.formula, here | {"r": 1 + step} | _on_lines(rule, lines, step, values["A"]), 1024)
            quotient = (as_ball(moved) - as_ball(at)) / arb(step)
            if abs(quotient - wanted) > 1e-3 * (1 + abs(wanted)):
                side = "right" if direction > 0 else "left"
                about = f"{float(quotient.mid()):.4g}, not {float(wanted.mid()):.4g}"
                return f"r = 1, {_listed(rule, values)}: the slope on the {side} is about {about}"
    return None


def _jump(rule: Rule, rng: np.random.Generator) -> str | None:
    """A place on r = 1 or A = 0 across which the formula jumps, though no slot does."""
    for _ in range(60):
        values = _random_point(rule, "zero at A = 0", rng)
        name, cell = "A", (1 if values["r"] >= 1 else -1, 0)
        if rng.random() < 0.5:
            values["r"], values["A"] = Fraction(1), Fraction(int(rng.integers(1, 4)))
            name, cell = "r", (0, 1)
        for slot, contract in rule.slots.items():
            values[slot] = _allowed_beside(contract, values, cell, rng)
        at = as_ball(evaluate(rule.formula, {key: to_fmpq(value) for key, value in values.items()}, 1024))
        for step in (_STEP, -_STEP):
            if name == "A" and rule.contract.half * step < 0:
                continue
            moved = {key: to_fmpq(value) for key, value in (values | {name: values[name] + step}).items()}
            beside = as_ball(evaluate(rule.formula, moved, 1024))
            if abs(beside - at) > 1e-3 * (1 + abs(at)):
                side = "above" if step > 0 else "below"
                both = f"the value is {_number(at)}, just {side} that {name} it is {_number(beside)}"
                return f"{_shown(rule, values)}: {both}"
    return None


def _allowed_beside(slot: Contract, values: Values, edge: tuple[int, int], rng: np.random.Generator) -> Fraction:
    """A value on an edge that suits the cells on both sides of it."""
    sides = [(i, j) for i in (1, -1) for j in (1, -1) if edge[0] in (0, i) and edge[1] in (0, j)]
    if len({slot_range(slot, side) for side in sides}) > 1:
        return Fraction(0)
    return _allowed(slot, values, sides[0], rng)


def _line(slot: Contract, advantage: Fraction, rng: np.random.Generator) -> tuple[Fraction, Fraction]:
    """The value at r = 1 and the slope of a slot, as its contract allows."""
    if slot.slope is not None:
        exact = evaluate(slot.slope, {"A": to_fmpq(advantage)}, 64)
        return Fraction(0), Fraction(str(exact)) if isinstance(exact, fmpq) else Fraction(float(exact.mid()))
    positive = slot.positive or slot_range(slot, (1, 1 if advantage > 0 else -1)).nonnegative
    level = Fraction(int(rng.integers(1, 6)), 2)
    level = level if positive or rng.random() < 0.5 else -level
    return level, Fraction(0) if slot.free_of >= {"r"} else Fraction(int(rng.integers(-3, 4)))


def _on_lines(
    rule: Rule, lines: Mapping[str, tuple[Fraction, Fraction]], step: fmpq, advantage: Fraction
) -> dict[str, fmpq | arb]:
    """The slots at r = 1 + step; those with a promised slope are curved to the side that their signs allow."""
    found: dict[str, fmpq | arb] = {}
    for name, (level, slope) in lines.items():
        slot, cell = rule.slots[name], (1 if step > 0 else -1, 1 if advantage > 0 else -1)
        bend = 0 if slot.slope is None else -1 if slot_range(slot, cell).nonpositive else 1
        found[name] = to_fmpq(level) + to_fmpq(slope) * step + bend * step * step
        found[name + AT_ONE], found[name + SLOPE_AT_ONE] = to_fmpq(level), to_fmpq(slope)
    return found


def _parameters(rule: Rule, rng: np.random.Generator) -> Values:
    """The constants, at the ends of their ranges half the time, and progress."""
    found = {name: _within(bounds, rng) for name, bounds in rule.constants.items()}
    return found | {"progress": Fraction(int(rng.integers(0, 5)), 4)}


def _within(bounds: Range, rng: np.random.Generator) -> Fraction:
    low, high = Fraction(bounds.lo), Fraction(bounds.hi)
    if rng.random() < 0.5:
        return low if rng.random() < 0.5 else high
    inside = [value for value in _SIMPLE if low <= value <= high]
    if inside and rng.random() < 0.5:
        return inside[int(rng.integers(len(inside)))]
    value = Fraction(round(1000 * math.exp(rng.uniform(math.log(low), math.log(high)))), 1000)
    return min(max(value, low), high)


def _random_point(rule: Rule, clause: str, rng: np.random.Generator) -> Values:
    """r, A, constants and slots at one point, mostly simple numbers, on the edges r = 1 and A = 0 now and then."""
    values = _parameters(rule, rng)
    sides = [sign for sign in rule.signs_of_advantage if sign]
    j = int(rng.choice(sides))
    values["r"] = max(_size(rng), Fraction(1, 1000)) if rng.random() < 0.9 else Fraction(1)
    at_zero = clause == "zero at A = 0" or rng.random() < 0.1
    values["A"] = Fraction(0) if at_zero else j * max(_size(rng), Fraction(1, 1000))
    i = 1 if values["r"] >= 1 else -1
    for name, slot in rule.slots.items():
        values[name] = _allowed(slot, values, (i, j), rng)
        at_one = values[name] if slot.free_of >= {"r"} else _allowed(slot, values | {"r": Fraction(1)}, (i, j), rng)
        values[name + AT_ONE] = at_one
        values[name + SLOPE_AT_ONE] = Fraction(0) if slot.free_of >= {"r"} else Fraction(int(rng.integers(-3, 4)))
    return values


def _allowed(slot: Contract, values: Values, cell: tuple[int, int], rng: np.random.Generator) -> Fraction:
    if (slot.zero_at_zero and values["A"] == 0) or (slot.slope is not None and values["r"] == 1):
        return Fraction(0)
    found = slot_range(slot, cell)
    size = _size(rng)
    if found.positive:
        return max(size, Fraction(1, 1000))
    if found.zero:
        return Fraction(0)
    return size if found.nonnegative else -size if found.nonpositive else size * int(rng.choice((-1, 1)))


def _size(rng: np.random.Generator) -> Fraction:
    if rng.random() < 0.6:
        return _SIMPLE[int(rng.integers(len(_SIMPLE)))]
    return Fraction(round(500 * math.exp(rng.uniform(-5, 5))) + 1, 500)


def _shown(rule: Rule, values: Values) -> str:
    return _listed(rule, values, ("r", "A", *sorted(symbols(rule.formula) - {"r", "A"})))


def _listed(rule: Rule, values: Values, names: tuple[str, ...] = ()) -> str:
    names = names or ("A", *(name for name in sorted(rule.constants) if name in symbols(rule.formula)))
    return ", ".join(f"{name} = {_decimal(values[name])}" for name in names)


def _decimal(value: Fraction) -> str:
    return str(value) if len(str(value)) <= 9 else f"{float(value):.6g}"


def _number(value: fmpq | arb) -> str:
    return f"{float(as_ball(value).mid()):.4g}"
