"""Decide the four conditions of a valid drift, in this process; see `discovery.proof.worker` for a hard time limit.

f is valid  iff  it is defined and continuous, f(1, A) = 0, both one-sided derivatives in r at r = 1 are 0, f >= 0.
"""

import time
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import replace as replaced
from fractions import Fraction
from typing import Any

from discovery.expression.canonical import canonical
from discovery.expression.node import DRIFT_SYMBOLS, PROGRESS, Expr, symbols
from discovery.expression.parser import ParseError, parse
from discovery.expression.printer import to_text
from discovery.proof import refute
from discovery.proof.checker import Rejected, check
from discovery.proof.continuity import continuous
from discovery.proof.definedness import Evidence, first_open
from discovery.proof.flatness import flat, zero
from discovery.proof.jet import at_ratio_one
from discovery.proof.jump import jump_point
from discovery.proof.ranges import REALS
from discovery.proof.structure import Prover
from discovery.proof.tree import Step, methods
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

FORMAT = "drift-certificate/1"
REPORT = "Two methods contradict each other; please report this formula."
SECONDS = 4.0
SHOWN_FIRST = ("nonnegative", "zero", "defined", "flat")  # whose counterexample is shown


def decide(
    expr: Expr | str,
    *,
    gauge: bool = True,
    lemmas: MutableMapping[str, Step | None] | None = None,
    effort: float | None = None,
) -> Decision:
    """The verdict on f = `expr`. proved and refuted are said only if the checker accepts the evidence.

    Args:
        expr: an expression in r, A and progress (in [0, 1]), or its text.
        gauge: whether to look for c such that f + c*(r - 1) is valid, if f is not and does not depend on A.
        lemmas: proofs of one-variable claims, by text, to share between formulas; read and extended.
        effort: a soft limit in seconds for the search for a proof of f >= 0, without a search for points far out; None
            for 4 seconds and the whole search.

    Raises:
        ParseError: a text cannot be read. An expression never raises.
    """
    start = time.monotonic()
    try:
        expr = canonical(parse(expr, allowed=DRIFT_SYMBOLS) if isinstance(expr, str) else expr)
        text = to_text(expr)
    except ParseError:
        raise
    except Exception as error:  # a proof must not fall over
        return unknown_decision("", f"The expression cannot be read: {_named(error)}.")
    if _varies(expr):
        from discovery.proof.progress import decide_over_progress

        return replaced(decide_over_progress(expr, lemmas=lemmas, effort=effort), seconds=time.monotonic() - start)
    if not symbols(expr) <= {"r", "A"}:
        reason = "Only formulas in r, A and progress are decided."
        return unknown_decision(text, reason, time.monotonic() - start)
    outcomes = outcomes_of(expr, Prover(effort or SECONDS, lemmas), thorough=effort is None)
    conditions = {name: outcomes[name].condition for name in CONDITIONS}
    if overall(conditions) is Verdict.PROVED:
        conditions |= objections_to(expr)
    certificate = _certificate(text, overall(conditions), outcomes)
    if certificate is not None:
        conditions |= rejections_of(certificate, conditions)
        if overall(conditions) is Verdict.UNKNOWN:
            certificate = None
    decision = Decision(text, overall(conditions), conditions, evidence=certificate)
    if decision.verdict is Verdict.REFUTED and certificate is not None:
        found = certificate["refutation"]
        if found.get("width", "0") == "0":  # else the point is irrational
            decision = replaced(decision, counterexample=Counterexample(found["r"], found["A"], found["value"]))
        if gauge and "A" not in symbols(expr):
            decision = _with_gauge(decision, expr)
    return replaced(decision, seconds=time.monotonic() - start)


def outcomes_of(expr: Expr, prover: Prover, *, thorough: bool) -> dict[str, Outcome]:
    """What our own methods say: what is cheap first, a search for points far out only if no proof is found.

    With progress in `expr`, they speak of all its values in (0, 1), and refute nothing: there is no point to show.
    """
    outcomes = {
        "nonnegative": _guarded(lambda f: _refuted_sign(None if _varies(f) else refute.negative_point(f)), expr),
        "zero": _guarded(zero, expr),
        "flat": _guarded(flat, expr),
        "defined": _guarded(_defined, expr),
    }
    defined = outcomes["defined"].condition.verdict
    if outcomes["zero"].condition.verdict is Verdict.PROVED is not defined:
        outcomes["zero"] = _guarded(_zero_where_defined, expr)
    if outcomes["nonnegative"].condition.verdict is Verdict.UNKNOWN and defined is Verdict.PROVED:
        evidence = outcomes["defined"].evidence or {}
        facts = [known["proof"] for known in evidence["obligations"].values()]
        outcomes["nonnegative"] = _guarded(lambda f: _proved_sign(f, prover, facts), expr)
    if outcomes["nonnegative"].condition.verdict is Verdict.UNKNOWN and thorough and not _varies(expr):
        outcomes["nonnegative"] = _guarded(lambda f: _refuted_sign(refute.hidden_negative_point(f)), expr)
    if outcomes["nonnegative"].condition.verdict is Verdict.UNKNOWN and defined is Verdict.REFUTED:
        reason = "f is not defined and continuous everywhere, so its sign was not proved."
        outcomes["nonnegative"] = Outcome.unknown(reason)
    return outcomes


def _varies(expr: Expr) -> bool:
    """Whether f stands for many functions of r and A, one for each value of progress."""
    return PROGRESS.name in symbols(expr)


def _guarded(method: Callable[[Expr], Outcome], expr: Expr) -> Outcome:
    """An exception inside a proof is unknown, with its name as the reason: never proved, never refuted."""
    try:
        return method(expr)
    except Exception as error:
        return Outcome.unknown(f"An internal error stopped the proof: {_named(error)}.")


def _certificate(text: str, verdict: Verdict, outcomes: Mapping[str, Outcome]) -> dict[str, Any] | None:
    """The certificate of a verdict, in the format of README.md."""
    head = {"format": FORMAT, "expression": text, "verdict": verdict.value}
    if verdict is Verdict.PROVED:
        return head | {name: outcomes[name].evidence for name in CONDITIONS}
    if verdict is Verdict.REFUTED:
        failing = next(n for n in SHOWN_FIRST if outcomes[n].condition.verdict is Verdict.REFUTED)
        return head | {"refutation": outcomes[failing].evidence, "gauge": None}
    return None


def rejections_of(certificate: Mapping[str, Any], conditions: Mapping[str, Condition]) -> dict[str, Condition]:
    """The conditions that the independent checker does not follow, as unknown."""
    try:
        check(certificate)
    except Rejected as error:
        reason = f"The independent checker does not follow the evidence ({error}), so no verdict is given."
        unsafe = Condition(Verdict.UNKNOWN, "", reason)
        named = [name for name in CONDITIONS if str(error).startswith(name)]
        wrong = [name for name in CONDITIONS if conditions[name].verdict is Verdict.REFUTED] or named or CONDITIONS
        return dict.fromkeys(wrong, unsafe)
    return {}


def objections_to(expr: Expr) -> dict[str, Condition]:
    """The proved conditions that sympy contradicts, as unknown."""
    from discovery.proof.second_opinion import objections

    try:
        found = objections(expr)
    except Exception:  # sympy fell over: it has no opinion
        return {}
    return {name: Condition(Verdict.UNKNOWN, "", f"{text} {REPORT}") for name, text in found.items()}


def _with_gauge(decision: Decision, expr: Expr) -> Decision:
    """The refutation of an A-free f, with the form f + c*(r - 1) that is valid and its certificate, if there is one."""
    from discovery.proof.gauge import gauge_of

    try:
        found = gauge_of(expr)
    except Exception:  # no gauge is an expected outcome
        return decision
    if found is None:
        return decision
    evidence = {**(decision.evidence or {}), "gauge": {"c": str(found.c), "proof": found.proof}}
    return replaced(decision, gauge=found.text, evidence=evidence)


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:200]}"


def _refuted_sign(found: refute.Found | None) -> Outcome:
    if found is None:
        return Outcome.unknown("No proof of f >= 0 was found, and no point with f < 0.")
    reason = f"f({_short(found.r)}, {_short(found.A)}) < 0."
    point = {"r": str(found.r), "A": str(found.A), "value": str(found.value)}
    return Outcome.refuted("exact point", reason, kind="negative", **point)


def _proved_sign(expr: Expr, prover: Prover, facts: list[Step]) -> Outcome:
    proof = prover.nonnegative_everywhere(expr, facts)
    if proof is None:
        return Outcome.unknown("No proof of f >= 0 was found, and no point with f < 0.")
    return Outcome.proved(methods(proof), "f >= 0 for every r > 0 and every A.", **proof)


def _zero_where_defined(expr: Expr) -> Outcome:
    """The condition zero again, for f that may be undefined somewhere: f(1, A) must be a number for every A."""
    obligation = first_open(at_ratio_one(expr, REALS), Evidence())
    if obligation is None:
        return zero(expr)
    return Outcome.unknown(f"f(1, A) = 0 wherever it is defined, but it is not proved that {obligation}.")


def _defined(expr: Expr) -> Outcome:
    evidence = Evidence()
    obligation = first_open(expr, evidence)
    if obligation is not None:
        return _undefined(expr) or Outcome.unknown(f"It is not proved that {obligation} where it is used.")
    problem = continuous(expr, evidence)
    if problem is None:
        return Outcome.proved("sign structure", "f is real and continuous everywhere.", **evidence.to_json())
    jump = None if _varies(expr) else jump_point(expr)
    if jump is None:
        return Outcome.unknown(problem)
    at = f"r = {_short(jump.place['r'])}, A = {_short(jump.place['A'])}"
    near = "" if jump.width == 0 else f" ({jump.symbol} up to {float(jump.width):.0e})"
    place = {name: str(value) for name, value in jump.place.items()} | {"value": str(jump.height)}
    surface = {"on": jump.on, "symbol": jump.symbol, "width": str(jump.width)}
    return Outcome.refuted("exact jump", f"f jumps at {at}{near}.", kind="jump", **surface, **place)


def _undefined(expr: Expr) -> Outcome | None:
    found = None if _varies(expr) else refute.undefined_point(expr)
    if found is None:
        return None
    reason = f"f({_short(found.r)}, {_short(found.A)}) is not a real number."
    point = {"r": str(found.r), "A": str(found.A), "value": "undefined"}
    return Outcome.refuted("exact point", reason, kind="undefined", **point)


def _short(value: Fraction) -> str:
    text = str(value)
    return text if len(text) <= 24 else f"{text[:10]}...{text[-6:]}"
