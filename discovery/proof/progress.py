"""Formulas that change during training: f(r, A, progress) is to be a valid drift for each progress in [0, 1].

Progress is cut at breaks: 0, 1 and where a switch on progress alone switches. At each break f is a formula in r and A.
Between two of them progress is one more quantity, with values in (0, 1): one proof holds for all. A refutation is one
of f at a single value of progress.
"""

import itertools
from collections.abc import MutableMapping, Sequence
from dataclasses import replace as replaced
from fractions import Fraction
from typing import Any

from discovery.expression.canonical import canonical
from discovery.expression.node import PROGRESS, Expr, Number, add, mul, substitute
from discovery.expression.printer import to_text
from discovery.proof.checker import Rejected, check
from discovery.proof.moments import at, breaks, suspects
from discovery.proof.prove import FORMAT, SECONDS, SHOWN_FIRST, decide, objections_to, outcomes_of, rejections_of
from discovery.proof.structure import Prover
from discovery.proof.tree import Step
from discovery.proof.verdict import (
    CONDITIONS,
    Condition,
    Counterexample,
    Decision,
    Outcome,
    Verdict,
    overall,
    unknown_decision,
)

QUICK = 0.05  # seconds of search at a value of progress that is looked at for a refutation alone
_PLACES = (("2", "1"), ("1/2", "1"), ("2", "-1"), ("1/2", "-1"), ("2", "0"))
Conditions = dict[str, Condition]


def decide_over_progress(
    expr: Expr, *, lemmas: MutableMapping[str, Step | None] | None = None, effort: float | None = None
) -> Decision:
    """The verdict on f for all progress in [0, 1], as `prove.decide` gives it for one."""
    text, places = to_text(expr), breaks(expr)
    at_breaks = [_at(expr, place, lemmas=lemmas, effort=effort) for place in places]
    failing = [(p, d) for p, d in zip(places, at_breaks, strict=True) if d.verdict is Verdict.REFUTED]
    refuted = min(failing, key=lambda pair: _shown(pair[1]), default=None)
    seconds = (effort or SECONDS) if refuted is None else QUICK
    between = [_between(expr, ends, Prover(seconds, lemmas)) for ends in itertools.pairwise(places)]
    conditions = _joined(places, at_breaks, between)
    if refuted is None and overall(conditions) is not Verdict.PROVED:
        refuted = _refuted_at(expr, places)
    if refuted is not None:
        return _refutation(text, *refuted, conditions)
    if overall(conditions) is not Verdict.PROVED:
        return Decision(text, overall(conditions), conditions)
    certificate = {
        "format": FORMAT,
        "expression": text,
        "verdict": Verdict.PROVED.value,
        "breaks": [str(place) for place in places],
        "at": [{name: (decision.evidence or {})[name] for name in CONDITIONS} for decision in at_breaks],
        "between": [{name: part[name].evidence for name in CONDITIONS} for part in between],
    }
    return _checked(Decision(text, Verdict.PROVED, conditions, evidence=certificate))


def _at(
    expr: Expr, moment: Fraction, *, lemmas: MutableMapping[str, Step | None] | None = None, effort: float | None
) -> Decision:
    """The verdict on f at one value of progress."""
    try:
        part = at(expr, moment)
    except ValueError as error:
        return _undefined_at(to_text(expr), moment, str(error))
    return decide(part, gauge=False, lemmas=lemmas, effort=effort)


def _undefined_at(text: str, moment: Fraction, why: str) -> Decision:
    """The verdict where f, a number for progress put in, cannot be formed: refuted if it is undefined somewhere."""
    found = unknown_decision(text, f"f cannot be formed: {why}.")
    for r, A in _PLACES:
        refutation = {"kind": "undefined", "r": r, "A": A, "value": "undefined"}
        try:
            check(_refuting(text, moment, refutation))
        except Rejected:
            continue
        condition = Condition(Verdict.REFUTED, "exact point", f"f({r}, {A}) is not a real number.")
        conditions = {**found.conditions, "defined": condition}
        point = Counterexample(r, A, "undefined")
        return Decision(text, Verdict.REFUTED, conditions, point, evidence={"refutation": refutation})
    return found


def _shown(decision: Decision) -> int:
    """The place of the condition that a counterexample is of, in the order in which they are shown."""
    return next(i for i, name in enumerate(SHOWN_FIRST) if decision.conditions[name].verdict is Verdict.REFUTED)


def _between(expr: Expr, ends: tuple[Fraction, Fraction], prover: Prover) -> dict[str, Outcome]:
    """What is known of f for all progress strictly between two values, progress scaled to (0, 1)."""
    low, high = ends
    whole = (low, high) == (0, 1)
    try:
        scaled = add(mul(Number(high - low), PROGRESS), Number(low))
        part = expr if whole else canonical(substitute(expr, {PROGRESS.name: scaled}))
    except ValueError as error:
        return dict.fromkeys(CONDITIONS, Outcome.unknown(f"f cannot be formed: {error}."))
    found = outcomes_of(part, prover, thorough=False)
    if all(found[name].condition.verdict is Verdict.PROVED for name in CONDITIONS):
        objections = objections_to(part)
        found |= {name: replaced(found[name], condition=condition) for name, condition in objections.items()}
    return found


def _refuted_at(expr: Expr, known: Sequence[Fraction]) -> tuple[Fraction, Decision] | None:
    """A value of progress at which f is refuted, and how."""
    for moment in suspects(expr):
        decision = _at(expr, moment, effort=QUICK) if moment not in known else None
        if decision is not None and decision.verdict is Verdict.REFUTED:
            return moment, decision
    return None


def _joined(
    places: Sequence[Fraction], at_breaks: Sequence[Decision], between: Sequence[dict[str, Outcome]]
) -> Conditions:
    """Each condition for all progress: proved if it is everywhere, refuted if it is at some value."""
    parts = [
        (f"At progress = {p}", {n: d.conditions[n] for n in CONDITIONS}) for p, d in zip(places, at_breaks, strict=True)
    ]
    for (low, high), part in zip(itertools.pairwise(places), between, strict=True):
        where = f"For {low} < progress < {high}"
        parts.append((where, {name: part[name].condition for name in CONDITIONS}))
    found = {}
    for name in CONDITIONS:
        given = [(where, conditions[name]) for where, conditions in parts]
        worst = next(
            (pair for verdict in (Verdict.REFUTED, Verdict.UNKNOWN) for pair in given if pair[1].verdict is verdict),
            None,
        )
        if worst is not None:
            found[name] = _located(*worst)
            continue
        methods = dict.fromkeys(method for _, c in given for method in c.method.split(", "))
        reason = f"For every progress in [0, 1]: {given[-1][1].reason}"
        found[name] = Condition(Verdict.PROVED, ", ".join(methods), reason)
    return found


def _located(where: str, condition: Condition) -> Condition:
    return replaced(condition, reason=f"{where}: {condition.reason}")


def _refutation(text: str, moment: Fraction, decision: Decision, conditions: Conditions) -> Decision:
    """The decision that f fails at one value of progress."""
    failing = {
        name: _located(f"At progress = {moment}", condition)
        for name, condition in decision.conditions.items()
        if condition.verdict is Verdict.REFUTED
    }
    certificate = _refuting(text, moment, (decision.evidence or {}).get("refutation"))
    point = decision.counterexample
    point = None if point is None else replaced(point, progress=str(moment))
    return _checked(Decision(text, Verdict.REFUTED, {**conditions, **failing}, point, evidence=certificate))


def _refuting(text: str, moment: Fraction, refutation: Any) -> dict[str, Any]:
    head = {"format": FORMAT, "expression": text, "verdict": Verdict.REFUTED.value}
    return head | {"progress": str(moment), "refutation": refutation, "gauge": None}


def _checked(decision: Decision) -> Decision:
    """The decision if the independent checker accepts its certificate, else unknown."""
    assert decision.evidence is not None
    doubts = rejections_of(decision.evidence, decision.conditions)
    if not doubts:
        return decision
    conditions = {**decision.conditions, **doubts}
    return Decision(decision.expression, overall(conditions), conditions)
