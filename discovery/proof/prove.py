"""Decide the four conditions of a valid drift, in this process; see `discovery.proof.worker` for a hard time limit.

f is valid  iff  it is defined and continuous, f(1, A) = 0, both one-sided derivatives in r at r = 1 are 0, f >= 0.
"""

import time
from collections.abc import Callable
from dataclasses import replace as replaced
from fractions import Fraction

from discovery.expression.canonical import canonical
from discovery.expression.node import Expr, symbols
from discovery.expression.printer import to_text
from discovery.proof import refute
from discovery.proof.continuity import continuous
from discovery.proof.definedness import first_open
from discovery.proof.dual import at_ratio_one
from discovery.proof.flatness import Outcome, flat, zero
from discovery.proof.jump import jump_point
from discovery.proof.ranges import REALS
from discovery.proof.structure import Prover
from discovery.proof.verdict import Condition, Counterexample, Decision, Verdict, overall, unknown_decision

REPORT = "Two methods contradict each other; please report this formula."


def decide(expr: Expr, *, gauge: bool = True) -> Decision:
    """The verdict on f = `expr`; never raises.

    Args:
        expr: an expression in r and A.
        gauge: whether to look for c such that f + c*(r - 1) is valid, if f is not and does not depend on A.
    """
    start = time.monotonic()
    try:
        expr = canonical(expr)
        text = to_text(expr)
    except Exception as error:  # a proof must not fall over
        return unknown_decision("", f"The expression cannot be read: {_named(error)}.")
    if not symbols(expr) <= {"r", "A"}:
        return unknown_decision(text, "Only formulas in r and A are decided so far.", time.monotonic() - start)
    outcomes = {
        "nonnegative": _guarded(_refuted_sign, expr),
        "zero": _guarded(zero, expr),
        "flat": _guarded(flat, expr),
        "defined": _guarded(_defined, expr),
    }
    if outcomes["zero"].condition.verdict is Verdict.PROVED is not outcomes["defined"].condition.verdict:
        outcomes["zero"] = _guarded(_zero_where_defined, expr)
    if outcomes["nonnegative"].condition.verdict is Verdict.UNKNOWN:
        if outcomes["defined"].condition.verdict is Verdict.PROVED:
            outcomes["nonnegative"] = _guarded(_proved_sign, expr)
        elif outcomes["defined"].condition.verdict is Verdict.REFUTED:
            reason = "f is not defined and continuous everywhere, so its sign was not proved."
            outcomes["nonnegative"] = Outcome(Condition(Verdict.UNKNOWN, "", reason))
    conditions = {name: outcome.condition for name, outcome in outcomes.items()}
    if overall(conditions) is Verdict.PROVED:
        conditions |= _objections(expr)
    points = [outcomes[name].counterexample for name in ("nonnegative", "zero", "flat", "defined")]
    decision = Decision(
        expression=text,
        verdict=overall(conditions),
        conditions=conditions,
        counterexample=next((point for point in points if point is not None), None),
    )
    if gauge and decision.verdict is Verdict.REFUTED and "A" not in symbols(expr):
        from discovery.proof.gauge import gauge_of

        decision = replaced(decision, gauge=_quietly(gauge_of, expr))
    return replaced(decision, seconds=time.monotonic() - start)


def _guarded(method: Callable[[Expr], Outcome], expr: Expr) -> Outcome:
    """An exception inside a proof is unknown, with its name as the reason: never proved, never refuted."""
    try:
        return method(expr)
    except Exception as error:
        return Outcome(Condition(Verdict.UNKNOWN, "", f"An internal error stopped the proof: {_named(error)}."))


def _objections(expr: Expr) -> dict[str, Condition]:
    """The proved conditions that sympy contradicts, as unknown."""
    from discovery.proof.second_opinion import objections

    try:
        found = objections(expr)
    except Exception:  # sympy fell over: it has no opinion
        return {}
    return {name: Condition(Verdict.UNKNOWN, "", f"{text} {REPORT}") for name, text in found.items()}


def _quietly(method: Callable[[Expr], str | None], expr: Expr) -> str | None:
    try:
        return method(expr)
    except Exception:  # no gauge is an expected outcome
        return None


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:200]}"


def _refuted_sign(expr: Expr) -> Outcome:
    found = refute.negative_point(expr)
    if found is None:
        return Outcome(Condition(Verdict.UNKNOWN, "", "No proof of f >= 0 was found, and no point with f < 0."))
    reason = f"f({_short(found.r)}, {_short(found.A)}) < 0."
    return Outcome(Condition(Verdict.REFUTED, "exact point", reason), _counterexample(found))


def _proved_sign(expr: Expr) -> Outcome:
    prover = Prover()
    if not prover.nonnegative_everywhere(expr):
        return Outcome(Condition(Verdict.UNKNOWN, "", "No proof of f >= 0 was found, and no point with f < 0."))
    if refute.attack(expr) is not None:
        return Outcome(Condition(Verdict.UNKNOWN, "", REPORT))
    method = ", ".join(sorted(prover.methods)) or "sign structure"
    return Outcome(Condition(Verdict.PROVED, method, "f >= 0 for every r > 0 and every A."))


def _zero_where_defined(expr: Expr) -> Outcome:
    """The condition zero again, for f that may be undefined somewhere: f(1, A) must be a number for every A."""
    obligation = first_open(at_ratio_one(expr, REALS))
    if obligation is None:
        return zero(expr)
    reason = f"f(1, A) = 0 wherever it is defined, but it is not proved that {obligation}."
    return Outcome(Condition(Verdict.UNKNOWN, "", reason))


def _defined(expr: Expr) -> Outcome:
    found = refute.undefined_point(expr)
    if found is not None:
        reason = f"f({_short(found.r)}, {_short(found.A)}) is not a real number."
        point = Counterexample(str(found.r), str(found.A), "undefined")
        return Outcome(Condition(Verdict.REFUTED, "exact point", reason), point)
    obligation = first_open(expr)
    if obligation is not None:
        return Outcome(Condition(Verdict.UNKNOWN, "", f"It is not proved that {obligation} where it is used."))
    problem = continuous(expr)
    if problem is None:
        return Outcome(Condition(Verdict.PROVED, "sign structure", "f is real and continuous everywhere."))
    jump = jump_point(expr)
    if jump is not None:
        return Outcome(Condition(Verdict.REFUTED, "exact jump", f"f jumps at r = {jump.r}, A = {jump.A}."), jump)
    return Outcome(Condition(Verdict.UNKNOWN, "", problem))


def _counterexample(found: refute.Found) -> Counterexample:
    return Counterexample(str(found.r), str(found.A), str(found.value))


def _short(value: Fraction) -> str:
    text = str(value)
    return text if len(text) <= 24 else f"{text[:10]}...{text[-6:]}"
