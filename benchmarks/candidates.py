"""The engines that benchmarks/regression.py compares with, and how many formulas a second are evaluated."""

import os
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any
from unittest.mock import patch

import numpy as np

from discovery.expression.canonical import canonical
from discovery.expression.evaluate import evaluate
from discovery.expression.node import HALF, ONE, RATIO, Apply, Expr, Number, add, mul, power, substitute, subtract
from discovery.expression.operators import complexity
from discovery.expression.parser import parse
from discovery.grammar.enumerate import enumerate_skeletons
from discovery.grammar.grammar import load_grammar
from discovery.regression import evolve, screening
from discovery.regression.backends.features import FEATURES
from discovery.regression.backends.operon import Operon
from discovery.regression.backends.protocol import Proposal, Region
from discovery.regression.config import DistilConfig
from discovery.regression.fit import Loss, Rows, screen, starting_points
from discovery.regression.halves import join
from discovery.regression.search import distil
from discovery.regression.table import TRAIN, DriftTable, make_table

_ROWS, _STARTS, _FORMULAS = 256, 64, 200


def operon(table: DriftTable, seconds: float, seed: int) -> list[Proposal]:
    """pyoperon on the whole and on both halves, all rows, all cores."""
    return Operon(rows=len(table)).propose(table, seconds=seconds, seed=seed, workers=os.cpu_count() or 1)


def joined_fronts(proposals: list[Proposal]) -> list[Expr]:
    """The front of the whole, and that of pairs of one formula for each half."""
    of = {region: [p for p in proposals if p.region is region] for region in Region}
    pairs = [(join(x.expr, y.expr), x.loss + y.loss) for x in of[Region.POSITIVE] for y in of[Region.NEGATIVE]]
    front: dict[Expr, float] = {}
    for expr, loss in sorted(pairs, key=lambda pair: (complexity(pair[0]), pair[1])):
        if not front or loss < min(front.values()):
            front[expr] = loss
    return [p.expr for p in of[Region.WHOLE]] + list(front)


def gplearn(table: DriftTable, seconds: float, seed: int) -> list[Expr]:
    """The front of length against error of gplearn's last generation, grown until the time is over."""
    from gplearn.functions import make_function
    from gplearn.genetic import SymbolicRegressor

    root = canonical(subtract(power(RATIO, HALF), ONE))
    inputs = [*FEATURES.values(), root]
    train = table.rows(table.part == TRAIN)
    columns = np.column_stack([evaluate(expr, train.variables()) for expr in inputs])
    tanh = make_function(function=np.tanh, name="tanh", arity=1)
    model = SymbolicRegressor(
        population_size=2000,
        generations=1,
        function_set=("add", "sub", "mul", "abs", "max", "min", tanh),
        const_range=(-3.0, 3.0),
        parsimony_coefficient=1e-4,
        metric="mse",
        stopping_criteria=1e-14,
        n_jobs=os.cpu_count() or 1,
        warm_start=True,
        random_state=seed,
    )
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        model.fit(columns, train.drift)
        if model._program.raw_fitness_ < 1e-14:
            break
        model.set_params(generations=model.generations + 1)
    front, least = [], np.inf
    for program in sorted(model._programs[-1], key=lambda p: (p.length_, p.raw_fitness_)):
        if program is not None and program.raw_fitness_ < 0.95 * least:
            least = program.raw_fitness_
            front.append(canonical(_read(program.program, inputs)))
    return front


_READ: dict[str, Callable[..., Expr]] = {
    "add": add,
    "sub": subtract,
    "mul": mul,
    "abs": lambda x: Apply("abs", (x,)),
    "max": lambda x, y: Apply("max", (x, y)),
    "min": lambda x, y: Apply("min", (x, y)),
    "tanh": lambda x: Apply("tanh", (x,)),
}


def _read(program: list[Any], inputs: list[Expr]) -> Expr:
    """A program of gplearn, which is in prefix order."""
    rest = iter(program)

    def term() -> Expr:
        node = next(rest)
        if isinstance(node, int | np.integer):
            return inputs[int(node)]
        if isinstance(node, float | np.floating):
            return Number(Fraction(float(node)))
        return _READ[node.name](*(term() for _ in range(node.arity)))

    return term()


def rates() -> dict[str, float]:
    """Formulas times rows a second on one core, ours and pyoperon's, and the share of a search that is fitting."""
    return {**_evaluation_rates(), "fitting": _share_of_fitting()}


def _evaluation_rates() -> dict[str, float]:
    """The same formulas with the same constants on the same rows, interleaved; the median of five rounds.

    Ours runs a skeleton for all of its constants at once and computes what is free of constants once for a table;
    pyoperon runs one tree a choice of constants. Both get r and A and float32.
    """
    import pyoperon

    table = _table()
    grammar = load_grammar("lpo")
    kind = (grammar.halves() or (grammar.start,))[0]
    dataset = pyoperon.Dataset(np.stack([table.ratio, table.advantage], 1).astype(np.float32))
    names = dict(zip(("r", "A"), (variable.Hash for variable in dataset.Variables), strict=True))
    span = pyoperon.Range(0, len(table))
    chosen, trees = [], []
    for skeleton in enumerate_skeletons(grammar, 5)[kind]:
        if not skeleton.constants or len(chosen) == _FORMULAS:
            continue
        starts = starting_points(skeleton, _STARTS, seed=0)
        try:
            read = [pyoperon.InfixParser.Parse(_infix(skeleton.expr, skeleton.names, row), names) for row in starts]
        except (RuntimeError, ValueError):
            continue  # an operator that pyoperon lacks
        chosen.append((skeleton, starts))
        trees += read
    rows = Rows(table, Loss())
    result = np.zeros((len(trees), len(table)), dtype=np.float32)
    seconds: dict[str, list[float]] = {"ours": [], "pyoperon": []}
    for _ in range(5):
        start = time.perf_counter()
        for skeleton, starts in chosen:
            screen(skeleton, starts, rows)
        seconds["ours"].append(time.perf_counter() - start)
        start = time.perf_counter()
        pyoperon.EvaluateTrees(trees, dataset, span, result.ravel(), 1)
        seconds["pyoperon"].append(time.perf_counter() - start)
    work = len(trees) * len(table)
    return {name: work / float(np.median(values)) for name, values in seconds.items()} | {"formulas": len(chosen)}


def _infix(expr: Expr, names: tuple[str, ...], constants: np.ndarray) -> str:
    values: dict[str, Expr] = {n: Number(Fraction(float(c))) for n, c in zip(names, constants, strict=True)}
    return _operon_text(substitute(expr, values))


def _operon_text(expr: Expr) -> str:
    match expr:
        case Number(value):
            return f"({float(value)!r})"
        case Apply("add", args):
            return f"({' + '.join(map(_operon_text, args))})"
        case Apply("mul", args):
            return f"({' * '.join(map(_operon_text, args))})"
        case Apply("pow", (base, Number(value))) if value == -1:
            return f"(1 / {_operon_text(base)})"
        case Apply("pow", (base, Number(value))) if value == 2:
            return f"square({_operon_text(base)})"
        case Apply("pow", (base, Number(value))) if value == HALF:
            return f"sqrt({_operon_text(base)})"
        case Apply("relu", (inner,)):
            return f"fmax({_operon_text(inner)}, 0)"
        case Apply("max" | "min" as op, (x, y)):
            return f"f{op}({_operon_text(x)}, {_operon_text(y)})"
        case Apply("tanh" | "log" | "exp" | "abs" | "atan" as op, (inner,)):
            return f"{op}({_operon_text(inner)})"
        case Apply():
            raise ValueError(expr.op)
    return expr.name  # type: ignore[union-attr]


def _share_of_fitting() -> float:
    """The share of a search's time on one thread that passes in screening and refining."""
    spent = 0.0

    def timed(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            nonlocal spent
            start = time.perf_counter()
            try:
                return function(*args, **options)
            finally:
                spent += time.perf_counter() - start

        return call

    config = DistilConfig(seconds=30, workers=1, bootstrap=0)
    noise = np.random.default_rng(1).normal(size=2_000)
    table = _table(2_000)
    noisy = make_table(table.ratio, table.advantage, table.drift + 0.1 * noise, rng=np.random.default_rng(2))
    with (
        patch.object(screening, "screen", timed(screening.screen)),
        patch.object(screening, "refine", timed(screening.refine)),
        patch.object(evolve, "screen", timed(evolve.screen)),
        patch.object(evolve, "refine", timed(evolve.refine)),
    ):
        start = time.perf_counter()
        distil(noisy, load_grammar("lpo"), config)
        return spent / (time.perf_counter() - start)


def _table(rows: int = _ROWS) -> DriftTable:
    rng = np.random.default_rng(0)
    ratio, advantage = np.exp(rng.uniform(-1.5, 1.5, rows)), rng.normal(0, 1.5, rows)
    drift = evaluate(parse("relu(A*(r - 1) - 2*tanh(A*(r - 1)/2))"), {"r": ratio, "A": advantage})
    return make_table(ratio, advantage, drift, rng=rng)
