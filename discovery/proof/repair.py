"""Valid drifts near a refuted formula, each proved before it is offered.

ReLU(f) mends a sign; ReLU(f - xi), xi > 0, a kink at r = 1 as well, for it is 0 near r = 1; the residual projection
T = f - f(1, A) - (r - 1) f_r(1, A) a value and a slope at r = 1; the gauge f + c (r - 1) is f itself in expectation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from discovery.expression.canonical import canonical
from discovery.expression.evaluate import evaluate
from discovery.expression.node import DRIFT_SYMBOLS, RATIO, Apply, Expr, Number, substitute, subtract
from discovery.expression.parser import parse
from discovery.expression.printer import to_text
from discovery.expression.projection import residual_projection
from discovery.proof.batch import verify
from discovery.proof.verdict import Decision, Verdict

MARGIN = Fraction(1, 10**6)
KINDS = {
    "relu": "ReLU(f)",
    "relu_margin": "ReLU(f - 0.000001)",
    "residual": "residual projection",
    "residual_relu": "ReLU of the residual projection",
    "gauge": "gauge, the same in expectation",
}


@dataclass(frozen=True)
class Repair:
    """A formula that takes the place of a refuted one.

    Attributes:
        expression: its canonical text.
        kind: one of `KINDS`.
        verdict: of its proof.
    """

    expression: str
    kind: str
    verdict: Verdict

    def to_json(self) -> dict[str, str]:
        return {"expression": self.expression, "kind": self.kind, "verdict": self.verdict.value}


def repairs(decision: Decision, *, timeout: float = 10.0) -> list[Repair]:
    """The proved repairs of a refuted formula, in the order of `KINDS`; empty if there is none, or nothing to repair.

    Args:
        decision: of the formula.
        timeout: hard limit in seconds for each proof.
    """
    if decision.verdict is not Verdict.REFUTED:
        return []
    proposed = list(proposals(decision))
    decisions = verify([expr for _, expr in proposed], timeout=timeout)
    proved = {
        expr: Repair(to_text(expr), kind, proof.verdict)
        for (kind, expr), proof in zip(proposed, decisions, strict=True)
        if proof.verdict is Verdict.PROVED
    }
    return [repair for expr, repair in proved.items() if not _is_relu_of(expr, set(proved))]


def _is_relu_of(expr: Expr, known: set[Expr]) -> bool:
    """Whether expr = ReLU(T) and T >= 0 is offered itself."""
    return isinstance(expr, Apply) and expr.op == "relu" and expr.args[0] in known


def proposals(decision: Decision) -> Iterator[tuple[str, Expr]]:
    """(kind, formula) worth a proof: all different, and none of them f."""
    f = parse(decision.expression, allowed=DRIFT_SYMBOLS)
    seen = {f}
    for kind, expr in _candidates(f, decision):
        try:
            expr = canonical(expr)
        except ValueError:  # a division by zero at r = 1
            continue
        if expr not in seen and not _vanishes(expr):
            seen.add(expr)
            yield kind, expr


def _vanishes(expr: Expr) -> bool:
    """Whether float64 finds f = 0 everywhere: the zero drift is no repair worth naming."""
    ratios, advantages = [[0.01], [0.4], [0.9], [1.3], [5.0]], [-3.0, -0.2, 0.0, 0.7, 4.0]
    points = {"r": ratios, "A": advantages, "progress": [[[0.0]], [[0.4]], [[1.0]]]}
    return bool((abs(evaluate(expr, points)) < 1e-12).all())


def _candidates(f: Expr, decision: Decision) -> Iterator[tuple[str, Expr]]:
    failing = {name for name, condition in decision.conditions.items() if condition.verdict is Verdict.REFUTED}
    gauge = None if decision.gauge is None else parse(decision.gauge, allowed=("f", RATIO.name))
    fixed = None if gauge is None else canonical(substitute(gauge, {"f": f}))
    if fixed is not None:
        yield "gauge", fixed
    if failing == {"nonnegative"}:
        yield "relu", Apply("relu", (f,))
    if "flat" in failing and not failing & {"defined", "zero"}:
        yield "relu_margin", Apply("relu", (subtract(f, Number(MARGIN)),))
    residual = residual_projection(f)
    if residual is not None:
        if residual != fixed:
            yield "residual", residual
        yield "residual_relu", Apply("relu", (residual,))
