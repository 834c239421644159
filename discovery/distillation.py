"""Distillation with proofs: the search proposes, the prover decides, one member of the front is chosen.

The stages do not know each other; this is where regression and proof meet, for the command line and for
`DriftRegressor` alike.
"""

import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from discovery.expression.node import PROGRESS, Expr, symbols
from discovery.expression.operators import complexity
from discovery.expression.printer import to_text
from discovery.grammar.grammar import load_grammar
from discovery.proof.batch import verify
from discovery.proof.moments import at
from discovery.proof.verdict import CONDITIONS, Condition, Decision, Verdict
from discovery.regression.backends.protocol import Proposal
from discovery.regression.backends.registry import backend
from discovery.regression.backends.settle import settle
from discovery.regression.config import DistilConfig
from discovery.regression.front import Candidate, judged, pareto_front, with_ties
from discovery.regression.misfit import Misfit, misfits
from discovery.regression.search import distil
from discovery.regression.select import selected
from discovery.regression.table import DriftTable

PROOF_SECONDS = 20.0
_MOMENTS = tuple(Fraction(quarter, 4) for quarter in range(5))
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
        ended: why the search ended: "exact", "exhausted", "time", "interrupted"; "imported" if there was none.
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
        ValueError: the backend is not installed.
    """
    if config.backend != "grammar":
        return _by_engine(table, config, progress)
    known: dict[Expr, Decision] = {}

    def decide(formulas: Sequence[Expr]) -> list[bool]:
        known.update(zip(formulas, decide_all(formulas, derived=True, progress=progress), strict=True))
        return [known[expr].verdict == "proved" for expr in formulas]

    found = distil(table, load_grammar(config.grammar), config, decide=decide, progress=progress)
    decisions = [known[member.expr] for member in found.front]
    chosen = choose(found.front, decisions, config)
    return Distillation(found.front, decisions, chosen, found.misfits, found.tried, found.ended, found.seconds)


def _by_engine(table: DriftTable, config: DistilConfig, progress: Progress) -> Distillation:
    """Formulas of another engine, brought to valid forms where that is possible."""
    start = time.monotonic()
    progress(f"searching with {config.backend}", 0, 1)
    workers = config.workers or os.cpu_count() or 1
    proposals = backend(config.backend).propose(table, seconds=config.seconds, seed=config.seed, workers=workers)
    return settled_distillation(proposals, table, config, start=start, ended="time", progress=progress)


def settled_distillation(
    proposals: Sequence[Proposal],
    table: DriftTable | None,
    config: DistilConfig,
    *,
    start: float,
    ended: str = "imported",
    progress: Progress = lambda stage, done, total: None,
) -> Distillation:
    """The front of proposals of any engine: shortened, brought to a valid form, proved, or left with their verdict.

    The front of the proved formulas is kept whole; what is more accurate and not proved stands beside it. Without a
    table every formula is kept, and errors are those that the engine reported, as they are.
    """
    progress("settling proposals", 0, 1)
    settled = settle(proposals, verdicts_of, table)
    if table is None:
        nan = float("nan")
        front = [Candidate(s.expr, complexity(s.expr), nan, nan, nan, reported_loss=s.loss) for s in settled]
    else:
        front = _front([s.expr for s in settled], table, config)
    decisions = decide_all([member.expr for member in front], progress=progress)
    best = min(front, key=lambda member: member.nmse, default=None)
    broken = [] if table is None else misfits(table, best)
    seconds = time.monotonic() - start
    return Distillation(front, decisions, choose(front, decisions, config), broken, len(proposals), ended, seconds)


def _front(formulas: Sequence[Expr], table: DriftTable, config: DistilConfig) -> list[Candidate]:
    """The front of the proved formulas and that of all, in one list."""
    candidates = judged(formulas, table)
    verdicts = verdicts_of([candidate.expr for candidate in candidates])
    proved = [candidate for candidate, verdict in zip(candidates, verdicts, strict=True) if verdict == "proved"]
    front = sorted({*pareto_front(proved), *pareto_front(candidates)}, key=lambda c: (c.complexity, c.nmse))
    return with_ties(front, candidates, ratio=config.ties)


def verdicts_of(formulas: Sequence[Expr]) -> list[str]:
    """The verdicts alone."""
    return [decision.verdict.value for decision in decide_all(formulas)]


def decide_all(
    formulas: Sequence[Expr], *, derived: bool = False, progress: Progress = lambda stage, done, total: None
) -> list[Decision]:
    """The verdicts on formulas, in worker processes; of one with `progress`, for all its values in [0, 1].

    Args:
        formulas: canonical formulas in r, A and progress.
        derived: whether all are derived by a grammar whose lemmas are proved. Then one with progress that the prover
            leaves open is asked at `_MOMENTS`, and if it is proved there, it is: that it holds in between is what the
            lemmas of the rules say, which hold for every value. It has no certificate. One that cannot be written at
            one of them, for a part divides by zero there, stays unknown.
        progress: called with ("proving", formulas done, formulas in all).
    """
    decisions = _decided(list(dict.fromkeys(formulas)), progress)
    unknown = [e for e in decisions if PROGRESS.name in symbols(e) and decisions[e].verdict is Verdict.UNKNOWN]
    asked = {expr: parts for expr in unknown if derived and (parts := _at_moments(expr))}
    parts = _decided(list(dict.fromkeys(part for several in asked.values() for part in several)), progress)
    decisions |= {expr: _at_every_moment(expr, [parts[part] for part in several]) for expr, several in asked.items()}
    return [decisions[expr] for expr in formulas]


def _at_moments(expr: Expr) -> list[Expr]:
    """f at each of `_MOMENTS`; none if a part of it divides by zero at one of them."""
    try:
        return [at(expr, moment) for moment in _MOMENTS]
    except ValueError:
        return []


def _decided(formulas: Sequence[Expr], progress: Progress) -> dict[Expr, Decision]:
    """What the prover alone says."""
    decisions: dict[Expr, Decision] = {}
    found = verify(formulas, timeout=PROOF_SECONDS, workers=os.cpu_count() or 1)
    for expr, decision in zip(formulas, found, strict=True):
        decisions[expr] = decision
        progress("proving", len(decisions), len(formulas))
    return decisions


def _at_every_moment(expr: Expr, decisions: Sequence[Decision]) -> Decision:
    """The verdict on a formula with progress: that of its worst moment."""
    for verdict in (Verdict.REFUTED, Verdict.UNKNOWN):
        for moment, decision in zip(_MOMENTS, decisions, strict=True):
            if decision.verdict is verdict:
                reason = f"At progress = {moment}: {decision.expression} is {verdict.value}."
                conditions = {n: replace(c, reason=f"{reason} {c.reason}") for n, c in decision.conditions.items()}
                return replace(decision, expression=to_text(expr), conditions=conditions, evidence=None)
    reason = "Proved at progress 0, 1/4, 1/2, 3/4 and 1; in between by the lemmas of the grammar's rules."
    condition = Condition(Verdict.PROVED, "derivation", reason)
    names: Sequence[str] = CONDITIONS
    return Decision(
        to_text(expr), Verdict.PROVED, dict.fromkeys(names, condition), seconds=sum(d.seconds for d in decisions)
    )


def choose(front: Sequence[Candidate], decisions: Sequence[Decision], config: DistilConfig) -> int | None:
    """The index of the member that the rule of `config` chooses among the proved ones."""
    proved = [index for index, decision in enumerate(decisions) if decision.verdict == "proved"]
    if not proved:
        return None
    members = [front[index] for index in proved]
    if any(math.isnan(member.heldout_nmse) for member in members):
        return proved[min(range(len(proved)), key=lambda i: (members[i].reported_loss, members[i].complexity))]
    return proved[selected(members, config.select, ties=config.ties)]
