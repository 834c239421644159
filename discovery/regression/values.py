"""Values of skeletons at the rows of a table, for many choices of their constants at once.

A skeleton is run as a short program of array operations. What of it is free of constants is computed once for a table:
skeletons of one grammar share most of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from discovery.expression.evaluate import evaluate, integer_power
from discovery.expression.node import DRIFT_SYMBOLS, HALF, Apply, Expr, Number, Symbol, symbols
from discovery.expression.operators import OPERATORS
from discovery.regression.table import DriftTable

VARIABLES = frozenset(DRIFT_SYMBOLS)


class Values:
    """f(constants, rows) for skeletons over one table, in one precision."""

    def __init__(self, table: DriftTable, dtype: DTypeLike = np.float64) -> None:
        self._dtype = dtype
        self._columns = {name: column[None, :].astype(dtype) for name, column in table.variables().items()}
        self._known: dict[Expr, NDArray] = {}
        self._rows = len(table)

    def __call__(self, expr: Expr, names: tuple[str, ...], constants: NDArray) -> NDArray:
        """[n, rows] values of `expr`, whose symbols `names` take the values constants[n, k]; nan where undefined."""
        program = _program(expr, names)
        known = self._known
        for part in program.fixed:
            if part not in known:
                known[part] = evaluate(part, self._columns, self._dtype)
        columns = constants.astype(self._dtype)
        registers: list[Any] = [known[part] for part in program.fixed]
        registers += [columns[:, index, None] for index in range(len(names))]
        with np.errstate(all="ignore"):
            for function, places in program.steps:
                registers.append(function(*[registers[place] for place in places]))
        return np.broadcast_to(registers[program.result], (len(constants), self._rows))


@dataclass(frozen=True)
class _Program:
    """Registers: the values of `fixed`, then the constants, then the result of each step."""

    fixed: tuple[Expr, ...]
    steps: tuple[tuple[Callable[..., Any], tuple[int, ...]], ...]
    result: int


@lru_cache(maxsize=1 << 17)
def _program(expr: Expr, names: tuple[str, ...]) -> _Program:
    grouped = _grouped(expr)
    fixed = tuple(dict.fromkeys(_fixed(grouped)))
    places: dict[Expr, int] = {part: index for index, part in enumerate(fixed)}
    places |= {Symbol(name): len(fixed) + index for index, name in enumerate(names)}
    steps: list[tuple[Callable[..., Any], tuple[int, ...]]] = []

    def place(node: Expr) -> int:
        if node not in places:
            step = _step(node)
            arguments = tuple(place(child) for child in step[1])
            steps.append((step[0], arguments))
            places[node] = len(fixed) + len(names) + len(steps) - 1
        return places[node]

    result = place(grouped)
    return _Program(fixed, tuple(steps), result)


def _step(node: Expr) -> tuple[Callable[..., Any], tuple[Expr, ...]]:
    """The array operation of a node, and what it is applied to."""
    match node:
        case Apply("pow", (base, Number(value))) if value.denominator == 1 and abs(value) <= 2**31:
            return partial(integer_power, exponent=value.numerator), (base,)
        case Apply("pow", (base, Number(value))) if value == HALF:
            return np.sqrt, (base,)
        case Apply("add", (x, y)):
            return np.add, (x, y)
        case Apply("mul", (x, y)):
            return np.multiply, (x, y)
        case Apply(op, args):
            return partial(OPERATORS[op].array, np), args
    raise TypeError(f"not a node of a skeleton: {node!r}")


def _is_fixed(expr: Expr) -> bool:
    return isinstance(expr, Number) or symbols(expr) <= VARIABLES


def _grouped(expr: Expr) -> Expr:
    """Sums and products with their parts free of constants put together, so that they are computed once."""
    if not isinstance(expr, Apply) or _is_fixed(expr):
        return expr
    args = tuple(map(_grouped, expr.args))
    fixed = tuple(arg for arg in args if _is_fixed(arg))
    if expr.op in ("add", "mul"):
        rest = tuple(arg for arg in args if not _is_fixed(arg))
        if len(fixed) > 1:
            args = (Apply(expr.op, fixed), *rest)
        while len(args) > 2:  # in pairs
            args = (Apply(expr.op, args[:2]), *args[2:])
    return Apply(expr.op, args)


def _fixed(expr: Expr) -> list[Expr]:
    """The largest parts free of constants; an integer or half exponent is part of its power."""
    if _is_fixed(expr):
        return [expr]
    match expr:
        case Apply("pow", (base, Number(value))) if value == HALF or value.denominator == 1:
            return _fixed(base)
        case Apply(_, args):
            return [part for arg in args for part in _fixed(arg)]
    return []
