"""Candidates and the Pareto front of complexity against error."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from discovery.expression.canonical import content_hash
from discovery.expression.node import DRIFT_SYMBOLS, Expr
from discovery.expression.operators import complexity
from discovery.expression.parser import parse
from discovery.expression.printer import to_latex, to_text
from discovery.regression.fit import Loss, loss_of
from discovery.regression.table import HELD_OUT_REGION, HELD_OUT_SAMPLE, TRAIN, DriftTable

SQUARED = Loss()


@dataclass(frozen=True)
class Candidate:
    """A formula for a table.

    Attributes:
        expr: the formula, its constants exact.
        complexity: operators plus symbols plus constants.
        nmse: weighted mean squared error on the fitted rows over the drift's weighted variance (another loss likewise).
        heldout_nmse: the same on the rows held out at random.
        region_nmse: the same on the held-out bands of the advantage.
        ties: formulas that the held-out rows cannot tell from this one.
        constants: the fitted constants, each with its standard deviation over bootstrap resamples of the rows (0 if
            that was not asked for).
        reported_loss: what another engine said of it; the errors are nan if there were no data to measure them.
    """

    expr: Expr
    complexity: int
    nmse: float
    heldout_nmse: float
    region_nmse: float
    ties: tuple[str, ...] = ()
    constants: tuple[tuple[float, float], ...] = ()
    reported_loss: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The record kept in a run directory."""
        return {
            "expression": to_text(self.expr),
            "hash": content_hash(self.expr),
            "latex": to_latex(self.expr),
            "complexity": self.complexity,
            **{name: _known(getattr(self, name)) for name in ("nmse", "heldout_nmse", "region_nmse")},
            "ties": list(self.ties),
            "reported_loss": self.reported_loss,
            "constants": [{"value": value, "deviation": deviation} for value, deviation in self.constants],
        }

    @staticmethod
    def from_json(record: dict[str, Any]) -> "Candidate":
        """The candidate of a record."""
        return Candidate(
            expr=parse(record["expression"], allowed=DRIFT_SYMBOLS),
            complexity=int(record["complexity"]),
            **{name: _number(record[name]) for name in ("nmse", "heldout_nmse", "region_nmse")},
            reported_loss=record.get("reported_loss"),
            ties=tuple(record["ties"]),
            constants=tuple((item["value"], item["deviation"]) for item in record.get("constants", ())),
        )


def _known(value: float) -> float | None:
    """NaN as null: it is not JSON."""
    return None if math.isnan(value) else value


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def judged(formulas: Iterable[Expr], table: DriftTable, loss: Loss = SQUARED) -> list[Candidate]:
    """Candidates with their errors on the three parts of a table; without those that are undefined on a row.

    The errors are mean losses over the loss of the drift's own mean: for the squared loss the NMSE.
    """
    parts = [table.rows(np.flatnonzero(table.part == part)) for part in (TRAIN, HELD_OUT_SAMPLE, HELD_OUT_REGION)]
    weight = table.weight / table.weight.sum()
    scale, found = float(weight @ loss.of(table.drift - weight @ table.drift)), []
    for expr in dict.fromkeys(formulas):
        errors = [loss_of(expr, rows, loss) / max(rows.weight.sum(), 1e-300) / scale for rows in parts]
        if np.isfinite(errors).all():
            found.append(Candidate(expr, complexity(expr), *errors))
    return found


def pareto_front(candidates: Iterable[Candidate], *, step: float = 0.02) -> list[Candidate]:
    """The best candidate of each complexity, simplest first; a larger one must lower the fitted error by `step`.

    Without that step a front ends in a tail of ever longer formulas that fit a percent better; those are ties.
    """
    front: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda c: (c.complexity, c.nmse, to_text(c.expr))):
        if not front or candidate.nmse < front[-1].nmse * (1 - step) - 1e-15:
            front.append(candidate)
    return front


def with_ties(
    front: list[Candidate], candidates: Iterable[Candidate], *, ratio: float = 1.1, floor: float = 1e-9, most: int = 20
) -> list[Candidate]:
    """The front, each member with the other formulas whose held-out error is as good, simplest first.

    As good means that neither error exceeds `ratio` times the other plus `floor`: noise and a network's own error
    cannot tell such forms apart, so no single winner may be announced (at 30% noise tanh(u) and
    u/sqrt(1 + u^2) differ by 0.5% in error).
    """
    pool = sorted(candidates, key=lambda c: (c.complexity, c.heldout_nmse))
    marked = []
    for member in front:
        near = [
            to_text(other.expr)
            for other in pool
            if other.expr != member.expr and _as_good(other.heldout_nmse, member.heldout_nmse, ratio, floor)
        ]
        marked.append(replace(member, ties=tuple(dict.fromkeys(near))[:most]))
    return marked


def _as_good(a: float, b: float, ratio: float, floor: float) -> bool:
    return a <= ratio * b + floor and b <= ratio * a + floor
