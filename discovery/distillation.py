"""Distillation with proofs: the search proposes, the prover decides, one member of the front is chosen.

The stages do not know each other; this is where regression and proof meet, for the command line and for
`DriftRegressor` alike.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from discovery.expression.node import Expr
from discovery.grammar.grammar import load_grammar
from discovery.proof.batch import verify
from discovery.proof.verdict import Decision
from discovery.regression.config import DistilConfig
from discovery.regression.front import Candidate
from discovery.regression.misfit import Misfit
from discovery.regression.search import distil
from discovery.regression.select import selected
from discovery.regression.table import DriftTable

PROOF_SECONDS = 20.0
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Distillation:
    """A Pareto front with verdicts.

    Attributes:
        front: the candidates, simplest first.
        decisions: the verdict on each, with its certificate as evidence.
        selected: the index of the chosen one among the proved; None if nothing is proved.
        misfits: what in the table no valid drift can fit.
        tried: formulas evaluated.
        ended: why the search ended: "exact", "exhausted", "time" or "interrupted".
        seconds: of the search, proofs not counted.
    """

    front: list[Candidate]
    decisions: list[Decision]
    selected: int | None
    misfits: list[Misfit]
    tried: int
    ended: str
    seconds: float

    def records(self) -> list[dict[str, Any]]:
        """The members as JSON objects."""
        return [
            {**candidate.to_json(), "verdict": decision.verdict.value, "selected": index == self.selected}
            for index, (candidate, decision) in enumerate(zip(self.front, self.decisions, strict=True))
        ]

    def summary(self) -> dict[str, Any]:
        """What is told of the search as a whole."""
        return {
            "tried": self.tried,
            "ended": self.ended,
            "seconds": self.seconds,
            "selected": self.selected,
            "misfits": [misfit.to_json() for misfit in self.misfits],
        }


def run_distillation(table: DriftTable, config: DistilConfig, *, progress: Progress) -> Distillation:
    """Search formulas for a table and prove them.

    Raises:
        GrammarError: the grammar cannot be used.
    """
    found = distil(table, load_grammar(config.grammar), config, progress=progress)
    decisions = decide_all([member.expr for member in found.front], progress=progress)
    return Distillation(
        found.front,
        decisions,
        choose(found.front, decisions, config),
        found.misfits,
        found.tried,
        found.ended,
        found.seconds,
    )


def decide_all(formulas: Sequence[Expr], *, progress: Progress = lambda stage, done, total: None) -> list[Decision]:
    """The verdicts on formulas, in worker processes."""
    decisions = []
    for decision in verify(formulas, timeout=PROOF_SECONDS, workers=os.cpu_count() or 1):
        decisions.append(decision)
        progress("proving", len(decisions), len(formulas))
    return decisions


def choose(front: Sequence[Candidate], decisions: Sequence[Decision], config: DistilConfig) -> int | None:
    """The index of the member that the rule of `config` chooses among the proved ones."""
    proved = [index for index, decision in enumerate(decisions) if decision.verdict == "proved"]
    if not proved:
        return None
    return proved[selected([front[index] for index in proved], config.select, ties=config.ties)]
