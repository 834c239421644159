"""Our settings as keywords of pysr.PySRRegressor, without importing pysr: that would start Julia.

Budgets, operators and constraints follow what was seen to work on PySR 1.5.10 and 2.0.0a2. Keywords that the installed
version does not know are left out, for PySR refuses them; they are read from its source, never by importing it.
"""

import ast
import importlib.util
from collections.abc import Collection, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from discovery.expression.node import Expr
from discovery.regression.backends.features import FEATURES
from discovery.regression.backends.pysr_equations import write_equation

BINARY = ("+", "-", "*", "/", "max", "min")
UNARY = ("tanh", "log", "exp", "sqrt", "square", "abs", "atan", "relu")
KINKED = ("max", "min", "abs", "relu")
INLINE = {"relu": "relu(x) = max(x, zero(x))"}
ENDLESS = 10**7
"""Iterations of a search that a time limit ends."""
TEMPLATE: dict[str, Any] = {
    "combine": "max(g(r, A) - g(r / r, A) - (r - 1) * D(g, 1)(r / r, A), 0)",
    "expressions": ["g"],
    "variable_names": ["r", "A"],
}
"""Arguments of TemplateExpressionSpec: relu(g(r, A) - g(1, A) - (r - 1) g_r(1, A)), with r / r for 1 as a column, and
no float literals, which failed in float32."""


def options(
    *,
    seed: int,
    keywords: Collection[str],
    seconds: float | None = None,
    iterations: int | None = None,
    workers: int = 1,
    deterministic: bool = False,
    template: bool = False,
    maxsize: int = 30,
    stop_below: float | None = None,
    guesses: Sequence[Expr] = (),
    output_directory: str | None = None,
    run_id: str | None = None,
) -> dict[str, Any]:
    """Keywords for PySRRegressor; with `template`, `expression_spec` is to be added, made of `TEMPLATE`.

    Args:
        seed: `random_state`.
        keywords: what the installed version knows, see `accepted_keywords`.
        seconds: a soft limit (0.5 to 1.6 s are added); results then depend on the speed of the machine.
        iterations: the budget of a run that can be repeated.
        workers: more than one: `parallelism="multithreading"`, on as many threads as Julia was started with.
        deterministic: the same result each time; one thread, and `iterations` in place of `seconds`.
        template: search g of the residual projection over r and A, with smooth operators alone.
        maxsize: complexity of a formula.
        stop_below: stop at this loss.
        guesses: formulas in r and A to start from; left out where the version has no `guesses`, or where they need
            an operator that is not searched over.
        output_directory: where the tables go; a run's is output_directory/run_id.

    Raises:
        ValueError: no budget, or a deterministic run with a time limit or without iterations.
    """
    if deterministic and (iterations is None or seconds is not None):
        raise ValueError("a deterministic run of PySR needs a budget in iterations, and no time limit")
    if seconds is None and iterations is None:
        raise ValueError("PySR needs a budget: seconds or iterations")
    binary = [name for name in BINARY if not (template and name in KINKED)]
    unary = [name for name in UNARY if not (template and name in KINKED)]
    serial = deterministic or workers == 1
    chosen: dict[str, Any] = {
        "model_selection": "accuracy",
        "binary_operators": binary,
        "unary_operators": [INLINE.get(name, name) for name in unary],
        "extra_sympy_mappings": sympy_mappings(),
        "constraints": {"/": (-1, 9), "tanh": 9, "log": 5, "exp": 7, "sqrt": 9, "atan": 9},
        "nested_constraints": _nested(unary),
        "complexity_of_operators": {name: 2 for name in ("exp", "log", "sqrt", "atan") if name in unary},
        "niterations": ENDLESS if iterations is None else iterations,
        "timeout_in_seconds": seconds,
        "early_stop_condition": stop_below,
        "maxsize": maxsize,
        "precision": 64,  # float32 cannot tell a loss of 1e-13 from 0
        "batching": False,
        "parallelism": "serial" if serial else "multithreading",
        "deterministic": deterministic,
        "random_state": seed,
        "output_directory": output_directory,
        "run_id": run_id,
        "temp_equation_file": False,
        "update": False,
        "progress": False,
        "verbosity": 0,
    }
    if seeds := guess_texts(guesses, {*binary, *unary}, template=template):
        chosen["guesses"] = seeds
    return {name: value for name, value in chosen.items() if name in keywords and value is not None}


def _nested(unary: Sequence[str]) -> dict[str, dict[str, int]]:
    """No function inside itself, no exp in a log: tanh(tanh(tanh(u))) fits like another constant and means less."""
    nested = {name: {name: 0} for name in unary if name != "sqrt"}
    nested["exp"] |= {"log": 0}
    nested["log"] |= {"exp": 0}
    return nested


def sympy_mappings() -> dict[str, Any]:
    """sympy's Max and Min for max, min and relu: PySR's nested Piecewise can recurse until Python gives up."""

    def maximum(*args: Any) -> Any:
        import sympy

        return sympy.Max(*args)

    def minimum(*args: Any) -> Any:
        import sympy

        return sympy.Min(*args)

    return {"max": maximum, "min": minimum, "relu": lambda x: maximum(x, 0)}


def guess_texts(guesses: Sequence[Expr], operators: Collection[str], *, template: bool) -> list[Any]:
    """The guesses as PySR reads them; those that need an operator outside `operators` are left out."""
    if template:  # a drift is its own residual projection only where it is smooth; PySR takes {"g": text} with #k
        return []
    found = []
    for expr in guesses:
        try:
            text = write_equation(expr, inputs=FEATURES)
        except ValueError:
            continue
        used = set(text.replace("(", " ( ").split())
        functions = {word for word, after in _pairs(text) if after == "("}
        if functions <= set(operators) and "^" not in used:
            found.append(text)
    return found


def _pairs(text: str) -> list[tuple[str, str]]:
    words = text.replace("(", " ( ").replace(")", " ) ").replace(",", " , ").split()
    return [(word, after) for word, after in pairwise(words) if word.isidentifier()]


@cache
def accepted_keywords() -> frozenset[str]:
    """The keywords of the installed PySRRegressor, from its source; empty if pysr is not installed."""
    spec = importlib.util.find_spec("pysr")
    if spec is None or spec.origin is None:
        return frozenset()
    for node in ast.walk(ast.parse((Path(spec.origin).parent / "sr.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef) and node.name == "PySRRegressor":
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and method.name == "__init__":
                    names = [argument.arg for argument in (*method.args.args, *method.args.kwonlyargs)]
                    return frozenset(names) - {"self"}
    return frozenset()
